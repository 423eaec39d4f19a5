import type { MirrorPlace } from '../dependency-proxy.ts'
import type { ImageSource, JobOrder, TraceWriter } from '../executor.ts'
import type { Job, JobVariable, PullPolicy } from '../job/job.ts'

/** Gets images onto the engine. One per program; called by many jobs at once. */
export interface ImageResolver {
  /**
   * Gets a job's access to registries, before any name of an image is expanded: names may use its variables.
   * @throws JobFailure
   */
  open(order: ImageOrder, signal: AbortSignal): Promise<JobImages>
  /** Waits until what is to be kept for other programs is. Safe to call twice. Never throws. */
  close(): Promise<void>
}

export interface ImageOrder {
  readonly job: Job
  /** All of the job's variables, expanded, a file's content as value: DOCKER_AUTH_CONFIG is one of them. */
  readonly variables: readonly JobVariable[]
  readonly trace: TraceWriter
  /** See JobOrder. */
  readonly onImage?: JobOrder['onImage']
  /** What jobs that belong together have in common. Absent: this one is by itself. */
  readonly shared?: SharedImages
  /** Told while something is pulled. */
  readonly onProgress?: (progress: ImageProgress) => void
}

export interface ImageProgress {
  /** As the user wrote it. */
  readonly name: string
  readonly bytes: number
  /** Grows while layers are found out about. */
  readonly totalBytes: number
}

/** The images of one job. Lifecycle: `prepare` any number of times -> `close`. */
export interface JobImages {
  /** The five of the dependency proxy; empty without one. */
  readonly variables: readonly JobVariable[]
  /**
   * Makes images present as their pull policies say, all at once, and tells the log.
   * @returns by role, one for each request
   * @throws JobFailure, classified; the signal's reason
   */
  prepare(
    requests: readonly ImageRequest[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<ImageRole, PreparedImage>>
  /** As JobAccess has it; undefined also without a proxy. @throws ProxyUnavailable */
  openMirror(place: MirrorPlace): Promise<string | undefined>
  /** Gives the job's credential back. Safe to call twice. Never throws. */
  close(): Promise<void>
}

/** What an image is for; a service's number is its place in the job's list, the configured ones first. */
export type ImageRole = 'build' | 'helper' | `service-${number}`

export interface ImageRequest {
  readonly role: ImageRole
  /** As the user wrote it, expanded: `postgres:12.2`. */
  readonly name: string
  /** Whether the settings name it, not the job: then allowed_images and allowed_services do not ask. */
  readonly isConfigured: boolean
  /** Of the job; empty: the settings'. */
  readonly pullPolicies: readonly PullPolicy[]
  /** `linux/arm64`; absent: the engine's own. */
  readonly platform: string | undefined
}

export interface PreparedImage {
  /** As the user wrote it. */
  readonly name: string
  /** `sha256:…`: what containers are made from. */
  readonly imageId: string
  readonly arrival: ImageArrival
}

/** How an image came to be on the engine. */
export interface ImageArrival {
  /** Undefined: no registry knows it, or the engine did not say. */
  readonly digest: string | undefined
  readonly source: ImageSource
  /** What the engine was sent for it. */
  readonly bytes: number
  /** Undefined: it did not come through the proxy, so nobody counted. */
  readonly upstreamRequests: number | undefined
}

/** Images that several jobs have in common: the first that needs one prepares it, and all others take what it got. */
export interface SharedImages {
  /**
   * @param key of what is asked for; never the name alone, for platforms and policies count
   * @param prepare called unless somebody else has done it, or does it; also after somebody failed
   * @throws what `prepare` throws; the signal's reason
   */
  once(key: string, prepare: () => Promise<PreparedImage>, signal: AbortSignal): Promise<SharedImage>
}

export interface SharedImage {
  readonly image: PreparedImage
  /** Whether whoever asked has prepared it. */
  readonly isOwn: boolean
}
