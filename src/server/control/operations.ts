import type { CacheAdmin, ImageDetails, ImageSummary } from '../../cache/cache-admin.ts'
import { OciError } from '../../oci/errors.ts'
import { parseImageName } from '../../oci/image-name.ts'
import type { AppContext } from '../context.ts'
import { dayOf, startOfDay } from '../pull-days.ts'
import {
  type GcReply,
  type ImageDetailsJson,
  type ImageSummaryJson,
  type ListReply,
  MAX_LISTED,
  type PinReply,
  type RemoveReply,
  type StatsReply,
  type UpstreamsReply,
  type UsageReply,
  type VerifyReply,
  type WarmBody,
  type WarmEvent,
} from '../schemas/control.ts'
import type { CacheControl } from './cache-control.ts'
import { ControlError } from './errors.ts'
import { warmImages } from './warm-images.ts'

/** The operations on a cache that this process has open. */
export class CacheOperations implements CacheControl {
  readonly #context: AppContext
  readonly #admin: CacheAdmin

  constructor(context: AppContext) {
    this.#context = context
    this.#admin = context.admin
  }

  async list({ limit, after }: { limit: number; after?: string }): Promise<ListReply> {
    const wanted = Math.min(limit, MAX_LISTED)
    const images = await this.#admin.list({ limit: wanted, ...(after === undefined ? {} : { after }) })
    const last = images.at(-1)
    return {
      images: images.map(summaryJson),
      after: last === undefined || images.length < wanted ? null : last.name,
    }
  }

  async show(image: string): Promise<ImageDetailsJson> {
    const name = this.#nameOf(image)
    return detailsJson((await this.#admin.show(name)) ?? notFound(name))
  }

  async remove(image: string): Promise<RemoveReply> {
    const name = this.#nameOf(image)
    const { freedBytes } = (await this.#admin.remove(name)) ?? notFound(name)
    return { name, freedBytes }
  }

  async pin(image: string): Promise<PinReply> {
    const name = this.#nameOf(image)
    if (!(await this.#admin.pin(name))) notFound(name)
    return { name, pinned: true }
  }

  async unpin(image: string): Promise<PinReply> {
    const name = this.#nameOf(image)
    if (!(await this.#admin.unpin(name))) notFound(name)
    return { name, pinned: false }
  }

  async gc({ dryRun }: { dryRun: boolean }): Promise<GcReply> {
    return { dryRun, ...(await this.#admin.gc({ dryRun })) }
  }

  usage(): Promise<UsageReply> {
    return this.#admin.usage()
  }

  async stats({ sinceMs }: { sinceMs: number }): Promise<StatsReply> {
    const { pullDays, clock } = this.#context
    const day = dayOf(clock.now() - sinceMs)
    const top = await pullDays.listTop(day, MAX_TOP_IMAGES)
    return {
      since: isoTime(startOfDay(day)),
      ...(await pullDays.sum(day)),
      images: top.map(({ image, ...sums }) => ({ name: image, ...sums })),
    }
  }

  async upstreams(): Promise<UpstreamsReply> {
    return { upstreams: [...this.#context.listUpstreams()] }
  }

  verify({ repair }: { repair: boolean }, signal?: AbortSignal): Promise<VerifyReply> {
    return this.#context.cache.verify({ repair, ...(signal === undefined ? {} : { signal }) })
  }

  warm(order: WarmBody, onEvent: (event: WarmEvent) => void, signal: AbortSignal): Promise<void> {
    // A step may wait for an upstream for as long as any pull: whoever stops it is not kept waiting.
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    return Promise.race([warmImages(this.#context, order, onEvent, signal), stopped])
  }

  #nameOf(image: string): string {
    try {
      return this.#context.imageName(parseImageName(image))
    } catch (error) {
      if (error instanceof OciError) throw new ControlError('invalid', error.message, error)
      throw error
    }
  }
}

/** More are for a monitoring system. */
const MAX_TOP_IMAGES = 10

function notFound(name: string): never {
  throw new ControlError('not-found', `${name} is not in the cache: \`entrepot cache list\` shows what is`)
}

function summaryJson({ lastPulledAt, ...rest }: ImageSummary): ImageSummaryJson {
  const { name, digest, bytes, pinned, pulls } = rest
  return { name, digest, bytes, lastPulledAt: isoTime(lastPulledAt), pinned, pulls }
}

function detailsJson(details: ImageDetails): ImageDetailsJson {
  return {
    ...summaryJson(details),
    uniqueBytes: details.uniqueBytes,
    manifests: details.manifests.map(({ digest, mediaType, sizeBytes, present }) => {
      return { digest, mediaType: mediaType ?? null, sizeBytes, present }
    }),
    blobs: details.blobs.map(({ digest, sizeBytes, present }) => ({ digest, sizeBytes, present })),
    history: details.history.map(({ digest, since }) => ({ digest, since: isoTime(since) })),
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
