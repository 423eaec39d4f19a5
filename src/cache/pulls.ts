import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { formatReference, type Reference } from '../oci/reference.ts'
import type { ImageCatalog, ImagePull } from '../store/catalog.ts'
import type { PullTarget } from './access.ts'

/** How long pulls are gathered: what a crash may forget of them. */
const FLUSH_MS = 5_000

/** More different images than this within FLUSH_MS are written at once. */
const MAX_GATHERED = 5_000

/** Written in one transaction, so that many of them do not hold up the others. */
const BATCH = 200

/** A pull that still changes. */
type Gathered = { -readonly [Key in keyof ImagePull]: ImagePull[Key] }

/** Gathers which images are pulled, and writes it down every few seconds instead of with every request. */
export class Pulls {
  readonly #images: ImageCatalog
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #gathered = new Map<string, Gathered>()
  #writing: Promise<void> = Promise.resolve()
  #timer: Promise<void> | undefined

  constructor(images: ImageCatalog, clock: Clock, log: Log) {
    this.#images = images
    this.#clock = clock
    this.#log = log
  }

  /** @param count 1 when the manifest was served, 0 when only its head was */
  note(target: PullTarget, reference: Reference, digest: Digest, count: 0 | 1): void {
    const { repository, policy } = target
    const key = `${policy.name}/${repository} ${formatReference(reference)}`
    const at = this.#clock.now()
    const known = this.#gathered.get(key)
    // Asked on every request for a hot image: nothing is made for one that is gathered already.
    if (known !== undefined && known.digest === digest) {
      known.at = at
      known.count += count
      return
    }
    this.#gathered.set(key, { upstream: policy.name, repository, reference, digest, at, count })
    if (this.#gathered.size >= MAX_GATHERED) void this.flush()
    else this.#timer ??= this.#flushLater()
  }

  /** Writes down everything noted until now. What cannot be written is logged and forgotten. */
  flush(): Promise<void> {
    const pulls = [...this.#gathered.values()]
    this.#gathered = new Map()
    this.#writing = this.#writing.then(() => this.#write(pulls))
    return this.#writing
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#timer
    await this.flush()
  }

  async #flushLater(): Promise<void> {
    try {
      await this.#clock.sleep(FLUSH_MS, this.#stop.signal)
    } catch {
      return
    }
    this.#timer = undefined
    await this.flush()
  }

  async #write(pulls: readonly ImagePull[]): Promise<void> {
    try {
      for (let at = 0; at < pulls.length; at += BATCH) {
        await this.#images.recordPulls(pulls.slice(at, at + BATCH))
        await new Promise(setImmediate)
      }
    } catch (error) {
      this.#log.warn({ event: 'pulls.lost', err: error, pulls: pulls.length }, 'pulls were not written down')
    }
  }
}
