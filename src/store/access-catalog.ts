import type { GroupPath } from '../oci/group-path.ts'

/** A credential as it is kept: without its secret. Times are milliseconds since the epoch. */
export interface StoredCredential {
  readonly id: string
  readonly kind: 'token' | 'job'
  readonly name: string
  readonly role: 'pull' | 'runner' | 'admin'
  readonly groups: readonly GroupPath[]
  /** Globs on `<registry>/<repository>`. Empty: no limit of its own. */
  readonly repositories: readonly string[]
  readonly createdAt: number
  readonly expiresAt: number | undefined
  readonly revokedAt: number | undefined
  /** Id of the token that it was minted with. */
  readonly mintedBy: string | undefined
  readonly secretHash: Buffer
}

export interface CredentialCatalog {
  /** Rejects when the id is taken. */
  add(credential: StoredCredential): Promise<void>
  /** In the order of ids, those after `after`. */
  list(after: string | undefined, limit: number): Promise<readonly StoredCredential[]>
  /** Gives it another secret. False when there is none of that id, or it was revoked. */
  rotate(id: string, secretHash: Buffer): Promise<boolean>
  /**
   * Revokes it, and what was minted with it. The first time counts.
   * @returns the ids that were valid until now
   */
  revoke(id: string, revokedAt: number): Promise<readonly string[]>
  /** Forgets at most `limit` that expired or were revoked before `endedBefore`; returns how many. */
  prune(endedBefore: number, limit: number): Promise<number>
}

/** A group that was declared by command. */
export interface StoredGroup {
  readonly path: GroupPath
  /** Absent: inherited. */
  readonly repositories: readonly string[] | undefined
  readonly anonymousNetworks: readonly string[] | undefined
  readonly createdAt: number
}

export interface GroupCatalog {
  /** False, and nothing changed, when it is there already. */
  add(group: StoredGroup): Promise<boolean>
  list(): Promise<readonly StoredGroup[]>
  /** False when there is none of that path. */
  delete(path: GroupPath): Promise<boolean>
}

/** What tokens are signed with. Private keys do not leave the storage: its files are the owner's only. */
export interface StoredSigningKey {
  readonly id: string
  /** JSON Web Key with its private part (RFC 7517). */
  readonly jwk: string
  readonly createdAt: number
  /** From then on it signs nothing more, and is honoured until its last token has ended. */
  readonly retiredAt: number | undefined
}

/** With what the passwords of logins at upstreams are hashed, for their names in proofs. */
export interface LoginKeyCatalog {
  /** The key of this storage: `fresh` from now on, if there was none. */
  loadOr(fresh: Buffer): Promise<Buffer>
}

export interface SigningKeyCatalog {
  /** The newest first. */
  list(): Promise<readonly StoredSigningKey[]>
  /** Adds a key, and retires the others that are not. */
  add(key: StoredSigningKey): Promise<void>
  delete(id: string): Promise<void>
}
