import { createHash } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { RegistryLogin } from '../auth/registry-login.ts'

/** Which login has been seen to read which content. Knows no secret, only what one hashes to. */
export interface PullProofs {
  has(proof: PullProof): boolean
  record(proof: PullProof): void
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

/** As long as the cache lets a proof stand while a registry is in trouble. */
const VALID_MS = 24 * 60 * 60 * 1000
const MAX_PROOFS = 10_000

/** For the life of the process. */
export class MemoryPullProofs implements PullProofs {
  readonly #clock: Clock
  /** Oldest first. */
  readonly #recordedAt = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(proof: PullProof): boolean {
    const recordedAt = this.#recordedAt.get(keyOf(proof))
    return recordedAt !== undefined && this.#clock.now() - recordedAt < VALID_MS
  }

  record(proof: PullProof): void {
    const key = keyOf(proof)
    this.#recordedAt.delete(key)
    this.#recordedAt.set(key, this.#clock.now())
    if (this.#recordedAt.size <= MAX_PROOFS) return
    const [oldest] = this.#recordedAt.keys()
    if (oldest !== undefined) this.#recordedAt.delete(oldest)
  }
}

function keyOf({ repository, digest, login, group }: PullProof): string {
  return createHash('sha256')
    .update(JSON.stringify([repository, digest, login ?? null, group ?? null]))
    .digest('hex')
}
