import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { GroupPath } from '../oci/group-path.ts'
import type { CredentialCatalog } from '../store/access-catalog.ts'
import { storageTroubleOf } from '../store/storage-error.ts'
import { type Credential, type CredentialState, type Role, stateOf } from './credential.ts'
import { AccessError } from './errors.ts'
import { isSecretOf, mintSecret, readSecret } from './secret.ts'

/** Why a secret opens nothing. `foreign`: none of ours, or mistyped. */
export type Refusal = 'foreign' | 'unknown' | 'wrong' | Exclude<CredentialState, 'valid'>

export type Authenticated =
  | { readonly credential: Credential }
  /** `id` is what the secret said of itself. */
  | { readonly refused: Refusal; readonly id: string | undefined }

/** A credential with its secret, which nobody is shown again. */
export interface IssuedCredential {
  readonly credential: Credential
  readonly secret: string
}

export interface TokenOrder {
  readonly name: string
  readonly role: Role
  readonly groups: readonly GroupPath[]
  readonly repositories: readonly string[]
  /** Absent: never. */
  readonly expiresAt: number | undefined
}

export interface JobOrder {
  readonly group: GroupPath
  readonly repositories: readonly string[]
  readonly ttlMs: number
  readonly jobId: string | undefined
  /** The token that asks for it; absent when it was asked for on control.sock. */
  readonly mintedBy: Credential | undefined
}

export const MAX_JOB_TTL_MS = 7 * 86_400_000

/** How long those that ended are still listed. */
const REMEMBERED_MS = 86_400_000
const PAGE = 1_000

/**
 * The credentials that we gave out. Those that are remembered are all in memory: every request asks, and what is
 * revoked here is refused from then on.
 */
export class Credentials {
  readonly #catalog: CredentialCatalog
  readonly #clock: Clock
  readonly #byId = new Map<string, Credential>()
  readonly #onEnd: (id: string) => void

  /** @param onEnd told of every credential that was revoked or forgotten */
  constructor(catalog: CredentialCatalog, clock: Clock, onEnd: (id: string) => void) {
    this.#catalog = catalog
    this.#clock = clock
    this.#onEnd = onEnd
  }

  /** Reads them all. Before anything else. */
  async open(): Promise<void> {
    try {
      await this.prune()
    } catch (error) {
      // What has ended is refused all the same: a disk that is full keeps nobody from starting.
      if (storageTroubleOf(error) === undefined) throw error
    }
    let after: string | undefined
    do {
      const page = await this.#catalog.list(after, PAGE)
      for (const credential of page) this.#byId.set(credential.id, credential)
      after = page.length < PAGE ? undefined : page.at(-1)?.id
    } while (after !== undefined)
  }

  /** Undefined when there is none of this id that is valid now. */
  get(id: string): Credential | undefined {
    const credential = this.#byId.get(id)
    return credential !== undefined && stateOf(credential, this.#clock.now()) === 'valid'
      ? credential
      : undefined
  }

  /** Whatever its state; undefined for those that are forgotten. */
  find(id: string): Credential | undefined {
    return this.#byId.get(id)
  }

  /** The newest first, those that ended a short while ago too. */
  list(kind: Credential['kind']): readonly Credential[] {
    const all = [...this.#byId.values()].filter((credential) => credential.kind === kind)
    return all.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
  }

  /** Whose secret this is. Compares hashes in constant time. */
  authenticate(secret: string): Authenticated {
    const read = readSecret(secret)
    if (read === undefined) return { refused: 'foreign', id: undefined }
    const credential = this.#byId.get(read.id)
    if (credential === undefined) return { refused: 'unknown', id: read.id }
    if (!isSecretOf(credential.secretHash, secret)) return { refused: 'wrong', id: read.id }
    const state = stateOf(credential, this.#clock.now())
    return state === 'valid' ? { credential } : { refused: state, id: read.id }
  }

  async createToken({ name, role, groups, repositories, expiresAt }: TokenOrder): Promise<IssuedCredential> {
    return this.#issue({ kind: 'token', name, role, groups, repositories, expiresAt, mintedBy: undefined })
  }

  /**
   * Ends with the token that asked for it, if that is earlier.
   * @throws AccessError credential-revoked when that token has ended
   */
  async mintJob({ group, repositories, ttlMs, jobId, mintedBy }: JobOrder): Promise<IssuedCredential> {
    if (mintedBy !== undefined && this.get(mintedBy.id) === undefined) {
      throw new AccessError('credential-revoked', `${mintedBy.id} has ended: nothing is minted with it`)
    }
    const wanted = this.#clock.now() + Math.min(ttlMs, MAX_JOB_TTL_MS)
    return this.#issue({
      kind: 'job',
      name: jobId ?? '',
      role: 'pull',
      groups: [group],
      repositories,
      expiresAt: Math.min(wanted, mintedBy?.expiresAt ?? wanted),
      mintedBy: mintedBy?.id,
    })
  }

  /**
   * Gives a token another secret; the old one is refused from then on.
   * @throws AccessError credential-unknown, credential-revoked
   */
  async rotate(id: string): Promise<IssuedCredential> {
    const credential = this.load(id)
    const { secret, hash: secretHash } = mintSecret(credential.kind, randomBytes, id)
    if (!(await this.#catalog.rotate(id, secretHash))) {
      throw new AccessError('credential-revoked', `${id} was revoked: make a new one`)
    }
    // Meanwhile it may have been revoked.
    const rotated = { ...this.load(id), secretHash }
    this.#byId.set(id, rotated)
    return { credential: rotated, secret }
  }

  /**
   * Revokes it, and the job credentials that were minted with it. Once more changes nothing.
   * @returns the ids that were valid until now
   * @throws AccessError credential-unknown
   */
  async revoke(id: string): Promise<readonly string[]> {
    const revokedAt = this.#clock.now()
    const wanted = this.load(id)
    // At once: nothing is minted with it while the disk is waited for.
    this.#byId.set(id, { ...wanted, revokedAt: wanted.revokedAt ?? revokedAt })
    const ended = await this.#catalog.revoke(id, revokedAt)
    for (const each of ended) {
      const credential = this.#byId.get(each)
      if (credential !== undefined) this.#byId.set(each, { ...credential, revokedAt })
      this.#onEnd(each)
    }
    return ended
  }

  /** @throws AccessError credential-unknown */
  load(id: string): Credential {
    const credential = this.#byId.get(id)
    if (credential !== undefined) return credential
    throw new AccessError('credential-unknown', `there is no credential ${id}`)
  }

  /** Forgets those that ended long ago. */
  async prune(): Promise<void> {
    const endedBefore = this.#clock.now() - REMEMBERED_MS
    while ((await this.#catalog.prune(endedBefore, PAGE)) === PAGE);
    for (const { id, expiresAt, revokedAt } of this.#byId.values()) {
      if (Math.min(expiresAt ?? Infinity, revokedAt ?? Infinity) >= endedBefore) continue
      this.#byId.delete(id)
      this.#onEnd(id)
    }
  }

  async #issue(
    order: Omit<Credential, 'id' | 'createdAt' | 'revokedAt' | 'secretHash'>,
  ): Promise<IssuedCredential> {
    const { id, secret, hash } = mintSecret(order.kind, randomBytes)
    const createdAt = this.#clock.now()
    const credential: Credential = { ...order, id, createdAt, revokedAt: undefined, secretHash: hash }
    // Before it is kept, so that who revokes the token it was minted with finds it.
    this.#byId.set(id, credential)
    try {
      await this.#catalog.add(credential)
    } catch (error) {
      this.#byId.delete(id)
      throw error
    }
    return { credential, secret }
  }
}
