import type { LayerProgress } from './image-engine.ts'
import type { PulledFrom } from './pull-source.ts'

const MEGABYTE = 1_000_000

/** How far the pull of one image is. */
export class PullProgress {
  readonly #image: string
  readonly #startedAt: number
  readonly #layers = new Map<string, LayerProgress>()

  constructor(image: string, startedAt: number) {
    this.#image = image
    this.#startedAt = startedAt
  }

  add(progress: LayerProgress): void {
    this.#layers.set(progress.layer, progress)
  }

  get bytes(): number {
    return this.#sum((layer) => layer.bytes)
  }

  get totalBytes(): number {
    return this.#sum((layer) => layer.totalBytes ?? layer.bytes)
  }

  /**
   * `Pulling docker image postgres:15: 84.2 MB of 132.0 MB, 8.4 MB/s, from upstream`. Layers that were on the engine
   * are not counted; the sum grows while layers are found out about.
   * @param from where the bytes come from, when that is known
   */
  line(now: number, from: PulledFrom | undefined): string {
    const { bytes, totalBytes: total } = this
    const seconds = Math.max(1, (now - this.#startedAt) / 1000)
    const source = from === undefined ? '' : `, from ${from}`
    return `Pulling docker image ${this.#image}: ${inMegabytes(bytes)} of ${inMegabytes(total)}, ${inMegabytes(bytes / seconds)}/s${source}`
  }

  #sum(part: (layer: LayerProgress) => number): number {
    return [...this.#layers.values()].reduce((sum, layer) => sum + part(layer), 0)
  }
}

function inMegabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`
}
