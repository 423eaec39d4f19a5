import type { ImageCatalog, SpaceCatalog, StoredImage } from '../store/catalog.ts'
import type { CacheAdmin, Collected, ImageDetails, ImageSummary, Usage } from './cache-admin.ts'
import type { Collector } from './collector.ts'
import type { Evictor } from './evict.ts'
import type { Pulls } from './pulls.ts'
import type { Space } from './space.ts'

const MAX_LISTED = 1_000

/** Looked at between two rests of the event loop. */
const BATCH = 16

export class ImageAdmin implements CacheAdmin {
  readonly #images: ImageCatalog
  readonly #catalog: SpaceCatalog
  readonly #space: Space
  readonly #evictor: Evictor
  readonly #collector: Collector
  readonly #pulls: Pulls

  constructor(parts: {
    images: ImageCatalog
    catalog: SpaceCatalog
    space: Space
    evictor: Evictor
    collector: Collector
    pulls: Pulls
  }) {
    this.#images = parts.images
    this.#catalog = parts.catalog
    this.#space = parts.space
    this.#evictor = parts.evictor
    this.#collector = parts.collector
    this.#pulls = parts.pulls
  }

  async list(options: { readonly limit: number; readonly after?: string }): Promise<readonly ImageSummary[]> {
    await this.#pulls.flush()
    const images = await this.#images.list(options.after, Math.min(options.limit, MAX_LISTED))
    const summaries: ImageSummary[] = []
    for (const image of images) {
      const content = await this.#images.listContent(image.digest)
      summaries.push(summaryOf(image, content))
      if (summaries.length % BATCH === 0) await new Promise(setImmediate)
    }
    return summaries
  }

  async show(name: string): Promise<ImageDetails | undefined> {
    await this.#pulls.flush()
    const image = await this.#images.find(name)
    if (image === undefined) return undefined
    const content = await this.#images.listContent(image.digest)
    const ofKind = (wanted: 'manifest' | 'blob') => content.filter(({ kind }) => kind === wanted)
    return {
      ...summaryOf(image, content),
      uniqueBytes: await this.#images.uniqueBytes(name),
      manifests: ofKind('manifest').map(({ digest, mediaType, sizeBytes, present }) => {
        return { digest, mediaType, sizeBytes, present }
      }),
      blobs: ofKind('blob').map(({ digest, sizeBytes, present }) => ({ digest, sizeBytes, present })),
      history: image.reference.kind === 'tag' ? await this.#images.listVersions(name) : [],
    }
  }

  async remove(name: string): Promise<{ readonly freedBytes: number } | undefined> {
    await this.#pulls.flush()
    const removed = await this.#evictor.remove(name)
    return removed && { freedBytes: removed.bytes }
  }

  async pin(name: string): Promise<boolean> {
    await this.#pulls.flush()
    return this.#images.pin(name, true)
  }

  async unpin(name: string): Promise<boolean> {
    await this.#pulls.flush()
    return this.#images.pin(name, false)
  }

  async gc({ dryRun }: { readonly dryRun: boolean }): Promise<Collected> {
    await this.#pulls.flush()
    return dryRun ? this.#wouldCollect() : this.#collector.collect()
  }

  async usage(): Promise<Usage> {
    return this.#space.usage()
  }

  /** What old images share with each other alone is not counted: at least so much would go. */
  async #wouldCollect(): Promise<Collected> {
    const would = { images: 0, blobs: 0, bytes: 0 }
    const { pulledBefore, unneededBefore } = this.#collector
    for (let after: StoredImage | undefined; pulledBefore !== undefined; ) {
      const images = await this.#images.listByPull(after, BATCH)
      const old = images.filter(({ lastPulledAt }) => lastPulledAt < pulledBefore)
      for (const { name } of old) would.bytes += await this.#images.uniqueBytes(name)
      would.images += old.length
      if (old.length < BATCH) break
      after = old.at(-1)
      await new Promise(setImmediate)
    }
    for (let rows = await this.#catalog.listUnneeded(undefined, BATCH); rows.length > 0; ) {
      const due = rows.filter(({ since }) => since <= unneededBefore)
      for (const { kind, sizeBytes } of due) {
        would.bytes += sizeBytes
        if (kind === 'blob') would.blobs += 1
      }
      if (due.length < BATCH) break
      await new Promise(setImmediate)
      rows = await this.#catalog.listUnneeded(due.at(-1), BATCH)
    }
    return would
  }
}

function summaryOf(
  { name, digest, lastPulledAt, pinned, pulls }: StoredImage,
  content: readonly { readonly sizeBytes: number; readonly present: boolean }[],
): ImageSummary {
  const bytes = content.reduce((sum, { sizeBytes, present }) => sum + (present ? sizeBytes : 0), 0)
  return { name, digest, bytes, lastPulledAt, pinned, pulls }
}
