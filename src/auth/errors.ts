export type AccessErrorCode =
  | 'group-exists'
  | 'group-unknown'
  | 'group-in-settings'
  | 'credential-unknown'
  | 'credential-revoked'
  | 'not-permitted'
  | 'invalid'

/** What was asked about groups and credentials cannot be done; the message says why, and what can. */
export class AccessError extends Error {
  override readonly name = 'AccessError'
  readonly code: AccessErrorCode

  constructor(code: AccessErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
