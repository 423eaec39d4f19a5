import type { ScriptedImage, ScriptedUpstream } from '../scripted-upstream.ts'

const BASES = 10
const BASE_BYTES = 1024 * 1024
const LEAST_OWN_BYTES = 100 * 1024
const MOST_OWN_BYTES = 400 * 1024

/** Variants of ten base images: each has its base's layer, which is shared, and two of its own. */
export class ReplayImages {
  readonly #upstream: ScriptedUpstream
  readonly #random: () => number
  readonly #bases: readonly Buffer[]
  readonly #images: ScriptedImage[] = []

  constructor(upstream: ScriptedUpstream, count: number, random: () => number) {
    this.#upstream = upstream
    this.#random = random
    this.#bases = Array.from({ length: BASES }, () => this.#bytes(BASE_BYTES))
    for (let rank = 0; rank < count; rank += 1) this.move(rank)
  }

  /** Repository of a variant. */
  repository(rank: number): string {
    return `library/variant-${rank}`
  }

  /** Builds a variant anew and points its tag to it. */
  move(rank: number): void {
    const base = this.#bases[rank % BASES]
    const layers = [...(base === undefined ? [] : [base]), this.#own(), this.#own()]
    this.#images[rank] = this.#upstream.addImage(this.repository(rank), { tags: ['1'], layers })
  }

  /** Bytes of all that tags point to now, shared layers once. */
  get totalBytes(): number {
    const sizes = new Map<string, number>()
    for (const image of this.#images) {
      for (const { digest, bytes } of [image.config, ...image.layers]) sizes.set(digest, bytes.length)
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  #own(): Buffer {
    return this.#bytes(LEAST_OWN_BYTES + Math.floor(this.#random() * (MOST_OWN_BYTES - LEAST_OWN_BYTES)))
  }

  #bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size)
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.floor(this.#random() * 2 ** 32), at)
    return bytes
  }
}
