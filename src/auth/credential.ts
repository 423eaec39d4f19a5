import type { StoredCredential } from '../store/access-catalog.ts'

/**
 * What we know of a secret that we gave out. Its role says what it is good for:
 * - `pull`    pulls as its groups
 * - `runner`  that, and mints job credentials for its groups
 * - `admin`   pulls as every group, mints for every group, and has none of its own
 *
 * A job has exactly one group and always ends; others have one at least, and may last.
 */
export type Credential = StoredCredential

export const ROLES = ['pull', 'runner', 'admin'] as const satisfies readonly Credential['role'][]
export type Role = (typeof ROLES)[number]

export type CredentialState = 'valid' | 'expired' | 'revoked'

export function stateOf(
  credential: Pick<Credential, 'expiresAt' | 'revokedAt'>,
  now: number,
): CredentialState {
  if (credential.revokedAt !== undefined) return 'revoked'
  return credential.expiresAt !== undefined && credential.expiresAt <= now ? 'expired' : 'valid'
}
