import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { isStillAhead } from '../still-ahead.ts'

/** Names are a stranger's choice: how many are remembered is bounded. */
const MAX_HELD_TAGS = 10_000

interface Held {
  readonly until: number
  readonly ttlMs: number
}

/**
 * Tags that moved and are served as they were, because the last pulls are kept: asked for again no more often
 * than other tags, although they are never confirmed.
 */
export class HeldTags {
  readonly #clock: Clock
  readonly #byName = new LRUCache<string, Held>({ max: MAX_HELD_TAGS })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(name: string): boolean {
    const held = this.#byName.get(name)
    return held !== undefined && isStillAhead(held.until, this.#clock.now(), held.ttlMs)
  }

  /** For as long as a tag like it is believed. */
  hold(name: string, ttlMs: number): void {
    this.#byName.set(name, { until: this.#clock.now() + ttlMs, ttlMs })
  }
}
