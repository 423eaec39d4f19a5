/**
 * - `TOO_LARGE` it has more bytes or files than any archive may have
 * - `INVALID`   it cannot be read, or names files that are not the project's
 */
export type ArchiveErrorCode = 'TOO_LARGE' | 'INVALID'

/** An archive of a job that cannot be made or unpacked. The message is for the job's log. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  readonly code: ArchiveErrorCode

  constructor(code: ArchiveErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
