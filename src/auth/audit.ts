/** Who did something, and from where. Never holds a secret. */
export interface AuditActor {
  /** Address of the client; `control` for whoever can open control.sock. */
  readonly from: string
  /** Of the credential that was shown, as far as it is known. */
  readonly credentialId?: string | undefined
}

/** What is written down about who may come in: one line each. */
export type AuditEvent =
  | {
      readonly event:
        | 'token.created'
        | 'token.rotated'
        | 'token.revoked'
        | 'job_credential.minted'
        | 'job_credential.revoked'
      /** What was created, rotated or revoked. */
      readonly subject: string
      readonly name?: string | undefined
      readonly role?: string | undefined
      readonly groups?: readonly string[] | undefined
      readonly expiresAt?: number | undefined
    }
  | { readonly event: 'group.created' | 'group.removed' | 'key.rotated'; readonly subject: string }
  /** Somebody showed something that is no valid credential. */
  | { readonly event: 'login.refused'; readonly reason: string }
  /** Somebody asked for what is not theirs. `request` is method and path. */
  | {
      readonly event: 'pull.denied' | 'api.denied'
      readonly reason: string
      readonly request: string
      readonly group?: string | undefined
    }

/** Writes down what happened. Never throws, never waits: trouble with writing is its own business to tell. */
export interface Audit {
  record(actor: AuditActor, event: AuditEvent): void
}
