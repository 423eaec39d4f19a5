import type { Clock } from '../../clock.ts'
import type {
  ImageOrder,
  ImageProgress,
  ImageResolver,
  JobImages,
  PreparedImage,
} from '../../executor/images/image-resolver.ts'
import { pulledFrom } from '../../executor/images/pull-source.ts'
import { RunImages } from '../../executor/images/run-images.ts'
import type { RunEvent, UsedImage } from './pipeline-events.ts'

export interface PipelineImagesParts {
  readonly resolver: ImageResolver
  readonly clock: Clock
  readonly emit: (event: RunEvent) => void
}

/** What all images of a run came to. */
export interface ImageTotals {
  readonly cacheHits: number
  readonly upstreamRequests: number
  readonly bytesSaved: number
}

/** An engine says how far it is many times a second. */
const PROGRESS_INTERVAL_MS = 100

/** The images of a pipeline: what its jobs name in the same words is the same image, and each is told of once. */
export class PipelineImages implements ImageResolver {
  readonly #parts: PipelineImagesParts
  readonly #shared = new RunImages()
  readonly #told = new Set<PreparedImage>()
  readonly #used = new Map<number, UsedImage[]>()
  readonly #progressAt = new Map<string, number>()

  constructor(parts: PipelineImagesParts) {
    this.#parts = parts
  }

  async open(order: ImageOrder, signal: AbortSignal): Promise<JobImages> {
    const images = await this.#parts.resolver.open(
      { ...order, shared: this.#shared, onProgress: (progress) => this.#tellProgress(progress) },
      signal,
    )
    return {
      variables: images.variables,
      prepare: async (requests, signal) => {
        const prepared = await images.prepare(requests, signal)
        for (const image of prepared.values()) this.#note(order.job.id, image)
        return prepared
      },
      openMirror: (place) => images.openMirror(place),
      close: () => images.close(),
    }
  }

  close(): Promise<void> {
    return this.#parts.resolver.close()
  }

  /** What a job's containers were made from, its own image first. */
  usedBy(jobId: number): readonly UsedImage[] {
    return this.#used.get(jobId) ?? []
  }

  get totals(): ImageTotals {
    const arrivals = [...this.#told].map(({ arrival }) => arrival)
    const hits = arrivals.filter(({ source }) => pulledFrom(source) === 'cache')
    return {
      cacheHits: hits.length,
      upstreamRequests: arrivals.reduce((sum, { upstreamRequests }) => sum + (upstreamRequests ?? 0), 0),
      bytesSaved: hits.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  }

  #note(jobId: number, image: PreparedImage): void {
    const { clock, emit } = this.#parts
    const { name, arrival } = image
    const used = this.#used.get(jobId) ?? []
    if (!used.some(({ reference }) => reference === name))
      used.push({ reference: name, source: pulledFrom(arrival.source) })
    this.#used.set(jobId, used)
    if (this.#told.has(image)) return
    this.#told.add(image)
    emit({
      event: 'image.pulled',
      time: new Date(clock.now()).toISOString(),
      reference: name,
      digest: arrival.digest ?? null,
      source: pulledFrom(arrival.source),
      bytes: arrival.bytes,
      upstreamRequests: arrival.upstreamRequests ?? null,
    })
  }

  #tellProgress({ name, bytes, totalBytes }: ImageProgress): void {
    const { clock, emit } = this.#parts
    const now = clock.now()
    if (now - (this.#progressAt.get(name) ?? Number.NEGATIVE_INFINITY) < PROGRESS_INTERVAL_MS) return
    this.#progressAt.set(name, now)
    const time = new Date(now).toISOString()
    emit({ event: 'image.progress', time, reference: name, bytes, totalBytes })
  }
}
