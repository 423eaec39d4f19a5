import { OciError } from '../../oci/errors.ts'
import { hintsFor } from '../auth/explain.ts'
import type { DockerSettings } from '../config/docker-settings.ts'
import type { JobAccess, MirrorPlace } from '../dependency-proxy.ts'
import type { ImageSource, JobOrder, TraceWriter } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import type { JobVariable, PullPolicy } from '../job/job.ts'
import { refuseImage } from './allowed-images.ts'
import type { LayerProgress } from './image-engine.ts'
import type {
  ImageOrder,
  ImageRequest,
  ImageRole,
  JobImages,
  PreparedImage,
  SharedImages,
} from './image-resolver.ts'
import { originOf } from './local-image.ts'
import { findLocally, mayUse, type PresenceParts } from './presence.ts'
import { ImagePullError, reasonOf } from './pull-error.ts'
import { type PullParts, pullImage } from './pull-image.ts'
import { effectivePolicies, listed, refusedPolicies } from './pull-policies.ts'
import { PullProgress } from './pull-progress.ts'
import { type PullRoute, type PullWay, provenLogin, type RouteFacts, routePull } from './pull-route.ts'
import { bytesFrom, findPullRecord, pullSource } from './pull-source.ts'
import { isImageId, readWantedImage, repositoryOf, type WantedImage } from './wanted-image.ts'

export type ImageSettings = Pick<
  DockerSettings,
  | 'image'
  | 'services'
  | 'allowedImages'
  | 'allowedServices'
  | 'pullPolicies'
  | 'allowedPullPolicies'
  | 'mirrors'
>

export interface JobImagesParts {
  readonly pulls: PullParts
  readonly presence: PresenceParts
  readonly settings: ImageSettings
  readonly access: JobAccess | undefined
  /** Those of the access that the job is to have. */
  readonly variables: readonly JobVariable[]
  readonly route: RouteFacts
  readonly trace: TraceWriter
  readonly onImage?: JobOrder['onImage']
  /** Absent: the job is by itself. */
  readonly shared: { readonly images: SharedImages; readonly literals: ReadonlySet<string> } | undefined
  readonly onProgress: ImageOrder['onProgress']
}

/** A long pull tells of itself as often. */
const PROGRESS_INTERVAL_MS = 10_000

/** The images of one job on an engine. */
export class EngineJobImages implements JobImages {
  readonly variables: readonly JobVariable[]
  readonly #parts: JobImagesParts
  /** By name, platform and policies: what several roles share is prepared once. */
  readonly #prepared = new Map<string, Promise<PreparedImage>>()

  constructor(parts: JobImagesParts) {
    this.#parts = parts
    this.variables = parts.variables
  }

  async prepare(
    requests: readonly ImageRequest[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ImageRole, PreparedImage>> {
    // One that cannot be had ends the pulls of the others.
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    const prepared = requests.map(async (request) => {
      try {
        return [request.role, await this.#once(request, either)] as const
      } catch (error) {
        failed.abort(error)
        throw error
      }
    })
    await Promise.allSettled(prepared)
    signal.throwIfAborted()
    failed.signal.throwIfAborted()
    return new Map(await Promise.all(prepared))
  }

  async openMirror(place: MirrorPlace): Promise<string | undefined> {
    return await this.#parts.access?.openMirror(place)
  }

  async close(): Promise<void> {
    await this.#parts.access?.revoke()
  }

  async #once(request: ImageRequest, signal: AbortSignal): Promise<PreparedImage> {
    const key = JSON.stringify([request.name, request.platform, request.pullPolicies])
    this.#refuse(request)
    const running = this.#prepared.get(key) ?? this.#shared(key, request, signal)
    this.#prepared.set(key, running)
    try {
      return await running
    } catch (error) {
      this.#prepared.delete(key)
      throw error
    }
  }

  /** What another job of the same run has already is taken as it is: a tag that moves meanwhile changes nothing. */
  async #shared(key: string, request: ImageRequest, signal: AbortSignal): Promise<PreparedImage> {
    const { shared } = this.#parts
    const prepare = () => this.#prepareOne(request, signal)
    if (shared === undefined || !shared.literals.has(request.name)) return await prepare()
    const { image, isOwn } = await shared.images.once(key, prepare, signal)
    if (isOwn) return image
    this.#using(image, ' (as in the rest of this run)')
    this.#note('local')
    return image
  }

  /** @throws JobFailure for what the settings do not let jobs use */
  #refuse({ role, name, isConfigured }: ImageRequest): void {
    if (isConfigured || role === 'helper') return
    const { image, services, allowedImages, allowedServices } = this.#parts.settings
    const kind = role === 'build' ? 'image' : 'service'
    const [patterns, configured] =
      kind === 'image' ? [allowedImages, [image]] : [allowedServices, services.map((service) => service.name)]
    // What the settings name themselves is allowed, whoever asks for it.
    if (configured.includes(name)) return
    const canonical = isImageId(name) ? name : this.#route(readWanted(name)).canonical
    const refusal = refuseImage(name, canonical, { kind, patterns })
    if (refusal === undefined) return
    throw new JobFailure('runner_configuration_error', `disallowed ${kind}: ${refusal}`)
  }

  async #prepareOne(request: ImageRequest, signal: AbortSignal): Promise<PreparedImage> {
    const { trace } = this.#parts
    const { name } = request
    const policies = this.#policies(request)
    trace.info(`Using effective pull policy of ${listed(policies)} for container ${name}`)
    if (isImageId(name)) return await this.#byId(name, signal)
    const wanted = readWanted(name)
    const route = this.#route(wanted)
    let last: unknown
    for (const [index, policy] of policies.entries()) {
      if (index > 0) trace.info(`Attempt #${index + 1}: Trying "${policy}" pull policy`)
      try {
        return await this.#byPolicy(policy, wanted, route, request.platform, signal)
      } catch (error) {
        if (!(error instanceof ImagePullError)) throw error
        trace.warn(`Failed to pull image with policy "${policy}": ${error.message}`)
        last = error
      }
    }
    throw this.#failure(name, policies, last as ImagePullError)
  }

  async #byPolicy(
    policy: PullPolicy,
    wanted: WantedImage,
    route: PullRoute,
    platform: string | undefined,
    signal: AbortSignal,
  ): Promise<PreparedImage> {
    const { presence, trace } = this.#parts
    if (policy === 'always') return await this.#pull(wanted, route, platform, signal)
    const local = await findLocally(presence.engine, wanted, route, platform, signal)
    if (policy === 'never') {
      if (local === undefined) throw new ImagePullError('NOT_FOUND', `No such image: ${wanted.reference}`)
    } else {
      if (local === undefined || !(await mayUse(local, route, presence, signal)))
        return await this.#pull(wanted, route, platform, signal)
      trace.info('Using locally found image version due to "if-not-present" pull policy')
    }
    const origin = originOf(local, repositoryOf(route.canonical))
    const image = present(wanted.name, local.id, origin.kind === 'pulled' ? origin.digest : undefined)
    this.#using(image, ' ...')
    this.#note('local')
    return image
  }

  async #pull(
    wanted: WantedImage,
    route: PullRoute,
    platform: string | undefined,
    signal: AbortSignal,
  ): Promise<PreparedImage> {
    const { pulls, presence, trace, access, onProgress } = this.#parts
    if (route.credential !== undefined) {
      trace.info(`Authenticating with credentials from ${route.credential.source}`)
    }
    const [first] = route.ways
    const mirror = first?.kind === 'mirror' ? `, as ${first.reference}` : ''
    trace.info(
      `Pulling docker image ${wanted.reference}${platform ? ` for platform ${platform}` : ''}${mirror} ...`,
    )
    const progress = new PullProgress(wanted.reference, pulls.clock.now())
    const listener = {
      onProgress: (layer: LayerProgress) => {
        progress.add(layer)
        const { bytes, totalBytes } = progress
        onProgress?.({ name: wanted.name, bytes, totalBytes })
      },
      onRetry: (attempt: number, error: ImagePullError) =>
        trace.warn(`Failed to pull image "${wanted.name}" (attempt #${attempt}), retrying: ${error.message}`),
      onMirrorFailed: (way: PullWay, error: ImagePullError) =>
        trace.warn(`The mirror did not give ${way.reference}: ${error.message}`),
    }
    const over = new AbortController()
    const telling = this.#tell(progress, route, AbortSignal.any([signal, over.signal]))
    try {
      const { image, digest, way } = await pullImage(wanted, route, platform, pulls, listener, signal)
      const record =
        way.kind === 'proxy' && access !== undefined
          ? await findPullRecord(access, route.canonical)
          : undefined
      const pulled: PreparedImage = {
        name: wanted.name,
        imageId: image.id,
        arrival: {
          digest,
          source: record === undefined ? 'upstream' : bytesFrom(record),
          bytes: record?.bytes ?? progress.bytes,
          upstreamRequests: record?.upstreamRequests,
        },
      }
      this.#using(pulled, record === undefined ? ' ...' : pullSource(record))
      this.#note(record?.outcome ?? (way.kind === 'proxy' ? 'proxied' : 'direct'))
      if (digest !== undefined) {
        const repository = repositoryOf(route.canonical)
        const login = provenLogin(route, way)
        presence.proofs.record({ repository, digest, login, group: presence.group })
      }
      return pulled
    } finally {
      over.abort()
      await telling
    }
  }

  /** Until the signal says that the pull is over. */
  async #tell(progress: PullProgress, { canonical }: PullRoute, signal: AbortSignal): Promise<void> {
    const { pulls, trace, access } = this.#parts
    for (;;) {
      try {
        await pulls.clock.sleep(PROGRESS_INTERVAL_MS, signal)
      } catch {
        return
      }
      const record = access === undefined ? undefined : await findPullRecord(access, canonical)
      if (signal.aborted) return
      trace.info(progress.line(pulls.clock.now(), record === undefined ? undefined : bytesFrom(record)))
    }
  }

  #using({ name, imageId, arrival: { digest } }: PreparedImage, end: string): void {
    const known = digest === undefined ? '' : ` with digest ${readWanted(name).repository}@${digest}`
    this.#parts.trace.info(`Using docker image ${imageId} for ${name}${known}${end}`)
  }

  #note(source: ImageSource): void {
    this.#parts.onImage?.(source)
  }

  async #byId(name: string, signal: AbortSignal): Promise<PreparedImage> {
    const found = await this.#parts.presence.engine.find(name, signal)
    if (found !== undefined) {
      const image = present(name, found.id, undefined)
      this.#using(image, ' ...')
      this.#note('local')
      return image
    }
    const message = `No such image: ${name}. An image is named by its id only when it is on the engine already`
    throw new JobFailure('runner_configuration_error', message)
  }

  #policies({ name, pullPolicies }: ImageRequest): readonly PullPolicy[] {
    const { pullPolicies: configured, allowedPullPolicies: allowed } = this.#parts.settings
    const choice = { requested: pullPolicies, configured, allowed }
    const policies = effectivePolicies(choice)
    if (policies.length > 0) return policies
    throw new JobFailure('runner_configuration_error', refusedPolicies(name, choice))
  }

  #route(wanted: WantedImage): PullRoute {
    return routePull(wanted, this.#parts.route)
  }

  #failure(name: string, policies: readonly PullPolicy[], cause: ImagePullError): JobFailure {
    const what = `failed to pull image "${name}" with specified policies ${listed(policies)}: ${cause.message}`
    const hints = cause.code === 'DENIED' ? hintsFor(this.#parts.route.entries, name) : []
    return new JobFailure(reasonOf(cause), [what, ...hints].join('\n'), { cause })
  }
}

function present(name: string, imageId: string, digest: string | undefined): PreparedImage {
  return { name, imageId, arrival: { digest, source: 'local', bytes: 0, upstreamRequests: 0 } }
}

function readWanted(name: string): WantedImage {
  try {
    return readWantedImage(name)
  } catch (error) {
    if (!(error instanceof OciError)) throw error
    const message = `invalid image name "${name}": ${error.message}`
    throw new JobFailure('runner_configuration_error', message, { cause: error })
  }
}
