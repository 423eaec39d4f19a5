import type { Clock } from '../../clock.ts'
import type { ImageEngine, LayerProgress, LocalImage, PullOrder } from './image-engine.ts'
import type { KeyedTurns } from './keyed-turns.ts'
import { ImagePullError } from './pull-error.ts'
import type { PullRoute, PullWay } from './pull-route.ts'
import { retryPull } from './retry-pull.ts'
import { ourDigestName, ourName, repositoryOf, type WantedImage } from './wanted-image.ts'

export interface PullParts {
  readonly engine: ImageEngine
  /** Shared by all jobs: one takes away the proxy's name that another may be about to look up. */
  readonly turns: KeyedTurns
  readonly clock: Clock
  readonly random: () => number
}

export interface PullListener {
  onRetry(attempt: number, error: ImagePullError): void
  /** The next way is tried. */
  onMirrorFailed(way: PullWay, error: ImagePullError): void
  onProgress(layer: LayerProgress): void
}

export interface FetchedImage {
  readonly image: LocalImage
  readonly digest: string | undefined
  readonly way: PullWay
}

/**
 * Gets an image from where its route leads, and leaves it on the engine: under the user's name when that is what
 * was pulled, under ours when it came through the proxy or a mirror.
 * @throws ImagePullError; the signal's reason
 */
export async function pullImage(
  wanted: WantedImage,
  route: PullRoute,
  platform: string | undefined,
  parts: PullParts,
  listener: PullListener,
  signal: AbortSignal,
): Promise<FetchedImage> {
  let refusal: ImagePullError | undefined
  for (const way of route.ways) {
    const order = { reference: way.reference, login: way.login, platform }
    const attempt = () =>
      parts.turns.run(
        way.reference,
        () => pullOnce(wanted, route, way, order, parts, listener, signal),
        signal,
      )
    try {
      // What a mirror does not give at once, its registry may.
      if (way.kind === 'mirror') return await attempt()
      return await retryPull(attempt, (number, error) => listener.onRetry(number, error), parts, signal)
    } catch (error) {
      if (!(error instanceof ImagePullError)) throw error
      if (way.kind === 'mirror') listener.onMirrorFailed(way, error)
      else if (error.code !== 'DENIED') throw error
      refusal = error
    }
  }
  throw refusal ?? new ImagePullError('FAILED', `there is no way to pull ${wanted.name}`)
}

async function pullOnce(
  wanted: WantedImage,
  route: PullRoute,
  way: PullWay,
  order: PullOrder,
  { engine }: PullParts,
  listener: PullListener,
  signal: AbortSignal,
): Promise<FetchedImage> {
  const pulled = await engine.pull(order, (layer) => listener.onProgress(layer), signal)
  const digest = pulled.digest ?? wanted.digest
  if (wanted.digest !== undefined && digest !== wanted.digest) {
    const message = `${wanted.name} was asked for, and the registry gave ${digest}`
    throw new ImagePullError('MISMATCH', message)
  }
  const image = await findPulled(engine, route, way, digest, signal)
  if (image === undefined) {
    throw new ImagePullError('FAILED', `${wanted.name} was pulled, and is gone: does something prune images?`)
  }
  if (way.kind !== 'direct') await rename(engine, route, way, image, digest, signal)
  return { image, digest, way }
}

/** By digest: the tag may have moved on, or another process may have taken the proxy's name away. */
async function findPulled(
  engine: ImageEngine,
  { canonical }: PullRoute,
  way: PullWay,
  digest: string | undefined,
  signal: AbortSignal,
): Promise<LocalImage | undefined> {
  if (digest !== undefined) {
    const image = await engine.find(`${repositoryOf(way.reference)}@${digest}`, signal)
    if (image !== undefined) return image
  }
  const byName = await engine.find(way.reference, signal)
  if (byName !== undefined || digest === undefined || way.kind === 'direct') return byName
  return await engine.find(ourDigestName(canonical, digest), signal)
}

/** Our names first: an image without a name may be pruned at any time. */
async function rename(
  engine: ImageEngine,
  { canonical }: PullRoute,
  { reference }: PullWay,
  { id }: LocalImage,
  digest: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await engine.tag(id, ourName(canonical), signal)
  if (digest !== undefined) await engine.tag(id, ourDigestName(canonical, digest), signal)
  await engine.untag(reference, signal)
  // The engine keeps the digest's name while another tag of the repository is there.
  if (digest !== undefined) await engine.untag(`${repositoryOf(reference)}@${digest}`, signal)
}
