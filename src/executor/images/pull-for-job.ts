import type { JobAccess } from '../dependency-proxy.ts'
import type { TraceWriter } from '../executor.ts'
import type { LayerProgress } from './image-engine.ts'
import type { ImageOrder, PreparedImage } from './image-resolver.ts'
import type { ImagePullError } from './pull-error.ts'
import { type PullParts, pullImage } from './pull-image.ts'
import { PullProgress } from './pull-progress.ts'
import type { PullRoute, PullWay } from './pull-route.ts'
import { findPullRecord, pulledFrom } from './pull-source.ts'
import type { WantedImage } from './wanted-image.ts'

export interface JobPullParts {
  readonly pulls: PullParts
  readonly access: JobAccess | undefined
  readonly trace: TraceWriter
  readonly onProgress: ImageOrder['onProgress']
}

export interface JobPullOrder {
  readonly wanted: WantedImage
  readonly route: PullRoute
  readonly platform: string | undefined
}

export interface JobPull {
  readonly image: PreparedImage
  readonly way: PullWay
}

/** A long pull tells of itself as often. */
const PROGRESS_INTERVAL_MS = 10_000

/**
 * Pulls an image, and tells of it in the job's log while it goes on.
 * @throws ImagePullError; the signal's reason
 */
export async function pullForJob(
  { wanted, route, platform }: JobPullOrder,
  parts: JobPullParts,
  signal: AbortSignal,
): Promise<JobPull> {
  const { pulls, trace, access, onProgress } = parts
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
  const telling = tell(progress, route, parts, AbortSignal.any([signal, over.signal]))
  try {
    const { image, digest, way } = await pullImage(wanted, route, platform, pulls, listener, signal)
    const record =
      way.kind === 'proxy' && access !== undefined ? await findPullRecord(access, route.canonical) : undefined
    const arrival: PreparedImage['arrival'] = {
      digest,
      source: record?.outcome ?? (way.kind === 'proxy' ? 'proxied' : 'direct'),
      bytes: record?.bytes ?? progress.bytes,
      upstreamRequests: record?.upstreamRequests,
    }
    return { image: { name: wanted.name, imageId: image.id, arrival }, way }
  } finally {
    over.abort()
    await telling
  }
}

/** Until the signal says that the pull is over. */
async function tell(
  progress: PullProgress,
  { canonical }: PullRoute,
  { pulls, trace, access }: JobPullParts,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await pulls.clock.sleep(PROGRESS_INTERVAL_MS, signal)
    } catch {
      return
    }
    const record = access === undefined ? undefined : await findPullRecord(access, canonical)
    if (signal.aborted) return
    trace.info(progress.line(pulls.clock.now(), record && pulledFrom(record.outcome)))
  }
}
