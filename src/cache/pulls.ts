import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { formatReference, type Reference } from '../oci/reference.ts'
import type { ImageCatalog, ImagePull } from '../store/catalog.ts'
import type { PullTarget } from './access.ts'
import { WriteBehind } from './write-behind.ts'

/** More different images than this are written at once. */
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
  readonly #gathered: WriteBehind<Gathered>

  constructor(images: ImageCatalog, clock: Clock, log: Log) {
    this.#images = images
    this.#clock = clock
    this.#log = log
    this.#gathered = new WriteBehind({ limit: MAX_GATHERED, write: (pulls) => this.#write(pulls), clock })
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
  }

  /** Writes down everything noted until now. What cannot be written is logged and forgotten. */
  flush(): Promise<void> {
    return this.#gathered.flush()
  }

  close(): Promise<void> {
    return this.#gathered.close()
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
