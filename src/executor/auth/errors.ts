/** Where credentials come from could not be read. The message names what is wrong in it, never a secret. */
export class CredentialSourceError extends Error {
  override readonly name = 'CredentialSourceError'
  /**
   * - `CREDENTIAL_SOURCE_INVALID`  what is written there cannot be meant
   * - `CREDENTIAL_HELPER_FAILED`   a helper program is missing, failed, or took too long
   * - `CREDENTIAL_HELPER_REFUSED`  the name of a helper leads out of PATH: somebody wants another program run
   */
  readonly code: 'CREDENTIAL_SOURCE_INVALID' | 'CREDENTIAL_HELPER_FAILED' | 'CREDENTIAL_HELPER_REFUSED'

  constructor(code: CredentialSourceError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
