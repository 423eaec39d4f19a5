/** A file that was named cannot be read. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable'
  readonly code = 'FILE_UNREADABLE'
}
