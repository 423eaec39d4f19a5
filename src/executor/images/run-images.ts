import { untilAborted } from '../../until-aborted.ts'
import type { PreparedImage, SharedImage, SharedImages } from './image-resolver.ts'

/** Those of one run: kept in memory, and forgotten with it. */
export class RunImages implements SharedImages {
  readonly #images = new Map<string, Promise<PreparedImage>>()

  async once(key: string, prepare: () => Promise<PreparedImage>, signal: AbortSignal): Promise<SharedImage> {
    for (;;) {
      const running = this.#images.get(key)
      if (running === undefined) break
      const image = await unlessFailed(untilAborted(running, signal))
      signal.throwIfAborted()
      if (image !== undefined) return { image, isOwn: false }
    }
    const own = prepare().catch((error: unknown) => {
      // Before anybody who waited looks again.
      this.#images.delete(key)
      throw error
    })
    this.#images.set(key, own)
    return { image: await own, isOwn: true }
  }
}

/** Whoever began it may have been stopped: its trouble is not that of others. */
async function unlessFailed<T>(work: Promise<T>): Promise<T | undefined> {
  return await work.catch(() => undefined)
}
