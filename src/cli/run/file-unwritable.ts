/** A file that was named on the command line, and cannot be written. The message says which and why. */
export class FileUnwritable extends Error {
  override readonly name = 'FileUnwritable'
  readonly code = 'FILE_UNWRITABLE'
}
