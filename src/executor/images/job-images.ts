import { OciError } from '../../oci/errors.ts'
import { hintsFor } from '../auth/explain.ts'
import type { DockerSettings } from '../config/docker-settings.ts'
import type { MirrorPlace } from '../dependency-proxy.ts'
import type { JobOrder } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import type { JobVariable, PullPolicy } from '../job/job.ts'
import { refuseImage } from './allowed-images.ts'
import type { ImageRequest, ImageRole, JobImages, PreparedImage, SharedImages } from './image-resolver.ts'
import { originOf } from './local-image.ts'
import { findLocally, mayUse, type PresenceParts } from './presence.ts'
import { ImagePullError, reasonOf } from './pull-error.ts'
import { type JobPullParts, pullForJob } from './pull-for-job.ts'
import { effectivePolicies, listed, refusedPolicies } from './pull-policies.ts'
import { type PullRoute, provenLogin, type RouteFacts, routePull } from './pull-route.ts'
import { arrivalText } from './pull-source.ts'
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

export interface JobImagesParts extends JobPullParts {
  readonly presence: PresenceParts
  readonly settings: ImageSettings
  /** Those of the access that the job is to have. */
  readonly variables: readonly JobVariable[]
  readonly route: RouteFacts
  readonly onImage?: JobOrder['onImage']
  /** Absent: the job is by itself. */
  readonly shared: { readonly images: SharedImages; readonly literals: ReadonlySet<string> } | undefined
}

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
    this.#using(image)
    return image
  }

  async #pull(
    wanted: WantedImage,
    route: PullRoute,
    platform: string | undefined,
    signal: AbortSignal,
  ): Promise<PreparedImage> {
    const { presence } = this.#parts
    const { image, way } = await pullForJob({ wanted, route, platform }, this.#parts, signal)
    const { digest } = image.arrival
    this.#using(image)
    if (digest !== undefined) {
      const repository = repositoryOf(route.canonical)
      presence.proofs.record({ repository, digest, login: provenLogin(route, way), group: presence.group })
    }
    return image
  }

  #using({ name, imageId, arrival }: PreparedImage, end = arrivalText(arrival)): void {
    const { trace, onImage } = this.#parts
    const { digest, source } = arrival
    const known = digest === undefined ? '' : ` with digest ${readWanted(name).repository}@${digest}`
    trace.info(`Using docker image ${imageId} for ${name}${known}${end}`)
    onImage?.(source)
  }

  async #byId(name: string, signal: AbortSignal): Promise<PreparedImage> {
    const found = await this.#parts.presence.engine.find(name, signal)
    if (found !== undefined) {
      const image = present(name, found.id, undefined)
      this.#using(image)
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
