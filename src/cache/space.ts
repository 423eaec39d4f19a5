import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { SpaceCatalog } from '../store/catalog.ts'
import type { Ingests } from '../store/ingest.ts'
import { type BudgetRules, decideAdmission, lastWord, type SpaceNow } from './budget.ts'
import type { Usage } from './cache-admin.ts'
import type { Evictor } from './evict.ts'

/** Room that was promised to a download. */
export interface Reservation {
  /** Makes the promise at least so large, in bytes of the whole. False: there is no room, what was promised stays. */
  grow(bytes: number): Promise<boolean>
  /** Tells what of the promise is on the disk already. */
  track(writtenBytes: () => number): void
  /** Ends the promise. `leftBytes` stay on the disk, to be resumed. */
  release(leftBytes: number): void
}

interface Promised {
  bytes: number
  written: () => number
}

export interface SpaceParts {
  readonly catalog: SpaceCatalog
  readonly ingests: Ingests
  readonly evictor: Evictor
  readonly rules: BudgetRules
  /** What the filesystem of the storage has left, in bytes. */
  readonly freeBytes: () => Promise<number>
  readonly log: Log
}

/** The account of the space: what is used, what is promised, and who has to go when more is wanted. */
export class Space {
  readonly #catalog: SpaceCatalog
  readonly #ingests: Ingests
  readonly #evictor: Evictor
  readonly #rules: BudgetRules
  readonly #freeBytes: () => Promise<number>
  readonly #log: Log
  readonly #promises = new Set<Promised>()
  /** What broken-off downloads left on the disk, the oldest first. */
  readonly #unfinished = new Map<Digest, number>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: SpaceParts) {
    this.#catalog = parts.catalog
    this.#ingests = parts.ingests
    this.#evictor = parts.evictor
    this.#rules = parts.rules
    this.#freeBytes = parts.freeBytes
    this.#log = parts.log
  }

  /** Takes account of what an earlier process left unfinished. Before the first reservation. */
  async open(): Promise<void> {
    const found: { digest: Digest; sizeBytes: number; changedAt: number }[] = []
    for await (const ingest of this.#ingests.list()) found.push(ingest)
    found.sort((one, other) => one.changedAt - other.changedAt)
    for (const { digest, sizeBytes } of found) this.#unfinished.set(digest, sizeBytes)
  }

  /**
   * Promises room for a download of `bytes` in all, and evicts for it when it must. What an earlier download of
   * the same content left is part of it. Undefined when there is no room, whatever is evicted.
   */
  async reserve(digest: Digest, bytes: number): Promise<Reservation | undefined> {
    const left = this.#unfinished.get(digest)
    this.#unfinished.delete(digest)
    const promised: Promised = { bytes: 0, written: () => left ?? 0 }
    this.#promises.add(promised)
    // In turn even for nothing: what an eviction is about to discard must not be resumed.
    if (!(await this.#growInTurn(promised, Math.max(bytes, left ?? 0)))) {
      this.#promises.delete(promised)
      if (left !== undefined) this.#unfinished.set(digest, left)
      this.#log.debug({ event: 'space.refused', digest, bytes }, 'no room for a download')
      return undefined
    }
    return {
      grow: (wanted) => this.#grow(promised, wanted),
      track: (writtenBytes) => {
        promised.written = writtenBytes
      },
      release: (leftBytes) => {
        if (!this.#promises.delete(promised)) return
        if (leftBytes > 0) this.#unfinished.set(digest, leftBytes)
      },
    }
  }

  /** Gives up what an earlier download left, unless somebody has begun to resume it. */
  async discard(digest: Digest): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#unfinished.delete(digest)) await this.#ingests.discard(digest)
    })
  }

  /** The filesystem is full whatever the account says: frees what an eviction by the marks would free. */
  async relieve(): Promise<void> {
    await this.#inTurn(() => this.#evict(this.#rules.maxBytes - this.#rules.lowBytes))
  }

  /** Evicts when the marks, or what somebody else wrote, ask for it. */
  async check(): Promise<void> {
    await this.#inTurn(async () => {
      const admission = decideAdmission(await this.#now(), this.#rules, 0)
      if (admission.kind === 'evict') await this.#evict(admission.bytes)
    })
  }

  async usage(): Promise<Usage> {
    const { usedBytes, reservedBytes, freeBytes } = await this.#now()
    const { maxBytes, minFreeBytes } = this.#rules
    return { usedBytes, reservedBytes, maxBytes, minFreeBytes, freeBytes }
  }

  #grow(promised: Promised, bytes: number): Promise<boolean> {
    if (bytes <= promised.bytes) return Promise.resolve(true)
    return this.#growInTurn(promised, bytes)
  }

  #growInTurn(promised: Promised, bytes: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const more = bytes - promised.bytes
      if (more <= 0) return true
      const first = decideAdmission(await this.#now(), this.#rules, more)
      if (first.kind === 'refuse') return false
      if (first.kind === 'evict') {
        await this.#evict(first.bytes)
        if (lastWord(await this.#now(), this.#rules, more).kind !== 'admit') return false
      }
      promised.bytes += more
      return true
    })
  }

  async #evict(bytes: number): Promise<void> {
    let missing = bytes
    // What is half here costs the least to lose.
    for (const [digest, left] of [...this.#unfinished]) {
      if (missing <= 0) return
      this.#unfinished.delete(digest)
      await this.#ingests.discard(digest)
      missing -= left
    }
    if (missing > 0) await this.#evictor.free(missing)
  }

  async #now(): Promise<SpaceNow> {
    // Promises first: what is committed while we ask counts twice then, and not in neither place.
    let leftBytes = 0
    for (const left of this.#unfinished.values()) leftBytes += left
    let reservedBytes = 0
    let writtenBytes = 0
    for (const { bytes, written } of this.#promises) {
      reservedBytes += bytes
      writtenBytes += Math.min(bytes, written())
    }
    const [stored, freeBytes] = await Promise.all([this.#catalog.usedBytes(), this.#freeBytes()])
    const usedBytes = stored + leftBytes
    return { usedBytes, reservedBytes, writtenBytes, freeBytes }
  }

  /** Decisions about one account, one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }
}
