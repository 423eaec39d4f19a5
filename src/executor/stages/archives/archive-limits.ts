const GIB = 1024 ** 3

/** Of one archive as it is kept or sent: far above what servers take, far below what fills a disk by accident. */
export const MAX_ARCHIVE_BYTES = 32 * GIB
/** Of what is unpacked from one archive. */
export const MAX_UNPACKED_BYTES = 128 * GIB
/** Of files in one archive: a zip's list of them is held in memory. */
export const MAX_FILES = 1_000_000
