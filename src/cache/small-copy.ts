import type { HeldIngest } from '../store/ingest.ts'
import { readWhole } from '../streams/read-whole.ts'
import type { BlobShelf } from './blob-shelf.ts'
import type { Fill } from './fill.ts'

/** Configs and the like: asked for again right after by every client that pulls the same image. */
const MAX_COPIED_BYTES = 64 * 1024

/**
 * A hold of a download while it may be a small one, taken before its first byte comes: what is not kept leaves
 * nothing behind its readers.
 */
export class SmallCopy implements AsyncDisposable {
  readonly #fill: Fill
  #held: HeldIngest | undefined

  constructor(fill: Fill) {
    this.#fill = fill
    this.#held = fill.ingest.hold()
    // The size is known by then, or nobody knows it. Why a download does not start is told to those who want it.
    fill.started.then(() => this.#letGoOfLarge()).catch(() => {})
  }

  /** Verified, and not kept: remembered in memory for a moment. */
  async leaveTo(shelf: BlobShelf): Promise<void> {
    await this.#letGoOfLarge()
    if (this.#held === undefined) return
    await using reader = this.#held.read(0)
    shelf.remember(this.#fill.digest, await readWhole(reader, this.#fill.ingest.acceptedBytes))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held
    this.#held = undefined
    await held?.[Symbol.asyncDispose]()
  }

  async #letGoOfLarge(): Promise<void> {
    const { totalBytes } = this.#fill
    if (totalBytes === undefined || totalBytes > MAX_COPIED_BYTES) await this[Symbol.asyncDispose]()
  }
}
