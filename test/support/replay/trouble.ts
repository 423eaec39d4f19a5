import type { Fault, ScriptedUpstream } from '../scripted-upstream.ts'
import type { ReplayImages } from './images.ts'

const BLOBS = { method: 'GET', path: /\/blobs\// }
const MANIFESTS = { path: /\/manifests\// }
/** A stall costs the idle timeout, so they are counted. */
const MOST_STALLS = 3
const LIMITED_MS = 1_500

/** What goes wrong at the upstream before each pull: the same in every run with one seed. */
export class Trouble {
  readonly #upstream: ScriptedUpstream
  readonly #images: ReplayImages
  readonly #count: number
  readonly #random: () => number
  #stalls = 0

  constructor(upstream: ScriptedUpstream, images: ReplayImages, count: number, random: () => number) {
    this.#upstream = upstream
    this.#images = images
    this.#count = count
    this.#random = random
  }

  beforePull(): void {
    const dice = this.#random()
    if (dice < 0.03) this.#breakBlob({ kind: 'reset', afterBytes: this.#some(300_000) })
    else if (dice < 0.05) this.#breakBlob({ kind: 'close', afterBytes: this.#some(300_000) })
    else if (dice < 0.06) this.#breakBlob({ kind: 'wrong-bytes' })
    else if (dice < 0.08) this.#breakBlob({ kind: 'status', status: 503 })
    else if (dice < 0.083 && this.#stalls < MOST_STALLS) {
      this.#stalls += 1
      this.#breakBlob({ kind: 'stall', afterBytes: this.#some(300_000) })
    } else if (dice < 0.088) this.#limit()
    else if (dice < 0.11) this.#images.move(this.#some(this.#count))
  }

  #breakBlob(fault: Fault): void {
    this.#upstream.fault({ match: BLOBS, times: 1, do: fault })
  }

  #limit(): void {
    const headers = { 'retry-after': '1' }
    const end = this.#upstream.fault({ match: MANIFESTS, do: { kind: 'status', status: 429, headers } })
    setTimeout(end, LIMITED_MS).unref()
  }

  #some(below: number): number {
    return Math.floor(this.#random() * below)
  }
}
