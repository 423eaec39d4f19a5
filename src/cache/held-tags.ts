import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'

/** Names are a stranger's choice: how many are remembered is bounded. */
const MAX_HELD_TAGS = 10_000

/**
 * Tags that moved and are served as they were, because the last pulls are kept: asked for again no more often
 * than other tags, although they are never confirmed.
 */
export class HeldTags {
  readonly #clock: Clock
  readonly #untilByName = new LRUCache<string, number>({ max: MAX_HELD_TAGS })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(name: string): boolean {
    const until = this.#untilByName.get(name)
    return until !== undefined && this.#clock.now() < until
  }

  /** For as long as a tag like it is believed. */
  hold(name: string, ttlMs: number): void {
    this.#untilByName.set(name, this.#clock.now() + ttlMs)
  }
}
