import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { RegistryLogin } from '../auth/registry-login.ts'

/** Which login has been seen to read which content. Knows no secret, only what one hashes to. */
export interface PullProofs {
  has(proof: PullProof): boolean
  record(proof: PullProof): void
  /** Waits until what was recorded is kept. Safe to call twice; more may be recorded afterwards. Never throws. */
  settle(): Promise<void>
}

export interface PullProof {
  /** Canonical: `docker.io/library/postgres`. */
  readonly repository: string
  readonly digest: string
  /** Undefined: nobody in particular. */
  readonly login: RegistryLogin | undefined
  /** Whose rights count beside those of the login: the group at the proxy. */
  readonly group: string | undefined
}

/** All that is to be kept of proofs for another process. */
export interface ProofNotes {
  /** What proofs are hashed with, so that a hash says nothing elsewhere. */
  readonly key: string
  /** When each was recorded, by its hash; the oldest first. */
  readonly recordedAt: ReadonlyMap<string, number>
}

/** As long as the cache lets a proof stand while a registry is in trouble. */
const VALID_MS = 24 * 60 * 60 * 1000
export const MAX_PROOFS = 10_000
const KEY_BYTES = 32

/** For the life of the process. */
export class MemoryPullProofs implements PullProofs {
  readonly #clock: Clock
  readonly #key: string
  /** Oldest first. */
  readonly #recordedAt = new Map<string, number>()

  constructor(clock: Clock, { key, recordedAt }: ProofNotes = NOTHING) {
    this.#clock = clock
    this.#key = key === '' ? randomBytes(KEY_BYTES).toString('hex') : key
    this.add(recordedAt)
  }

  /** Of those that still stand. */
  get notes(): ProofNotes {
    const recordedAt = [...this.#recordedAt].filter(([, at]) => this.#stands(at))
    return { key: this.#key, recordedAt: new Map(recordedAt) }
  }

  has(proof: PullProof): boolean {
    const recordedAt = this.#recordedAt.get(this.#hash(proof))
    return recordedAt !== undefined && this.#stands(recordedAt)
  }

  record(proof: PullProof): void {
    this.#note(this.#hash(proof), this.#clock.now())
  }

  /** What another process recorded with the same key. Times that are still to come are none of ours. */
  add(recordedAt: ReadonlyMap<string, number>): void {
    const now = this.#clock.now()
    const all = new Map([...recordedAt].filter(([, at]) => at <= now))
    for (const [hash, at] of this.#recordedAt) all.set(hash, Math.max(at, all.get(hash) ?? at))
    const sorted = [...all].sort(([, one], [, other]) => one - other)
    this.#recordedAt.clear()
    for (const [hash, at] of sorted) this.#note(hash, at)
  }

  async settle(): Promise<void> {}

  #stands(recordedAt: number): boolean {
    return this.#clock.now() - recordedAt < VALID_MS
  }

  #note(hash: string, at: number): void {
    this.#recordedAt.delete(hash)
    this.#recordedAt.set(hash, at)
    if (this.#recordedAt.size <= MAX_PROOFS) return
    const [oldest] = this.#recordedAt.keys()
    if (oldest !== undefined) this.#recordedAt.delete(oldest)
  }

  #hash({ repository, digest, login, group }: PullProof): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([repository, digest, login ?? null, group ?? null]))
      .digest('hex')
  }
}

const NOTHING: ProofNotes = { key: '', recordedAt: new Map() }
