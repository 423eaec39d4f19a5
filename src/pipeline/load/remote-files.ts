/** Files of other servers, for `include:remote`. */
export interface RemoteFiles {
  /**
   * The text of a file.
   * @param integrity `sha256-…` in Base64: what the file has to be; undefined: whatever the server says
   * @throws RemoteFileError
   */
  fetch(url: string, integrity: string | undefined, maxBytes: number): Promise<string>
}

/** The message goes on after the address: `did not answer within 10 s`. */
export class RemoteFileError extends Error {
  override readonly name = 'RemoteFileError'
  readonly code = 'REMOTE_FILE_UNREADABLE'
}
