import { accessesOf } from '../../cache/access.ts'
import { Warming, type WarmOrder, type WarmProgress, type WarmSummary } from '../../cache/warm.ts'
import type { WantedPlatforms } from '../../cache/warm-choice.ts'
import { OciError } from '../../oci/errors.ts'
import { canonicalImageName, parseImageName } from '../../oci/image-name.ts'
import { parsePlatform } from '../../oci/platform.ts'
import type { AppContext } from '../context.ts'
import type { WarmBody, WarmEvent } from '../schemas/control.ts'
import { ControlError } from './errors.ts'

/** Often enough for a bar that moves, and a sign of life where nothing comes in. */
const PROGRESS_MS = 250

/**
 * Brings images into the cache, one after the other: each gets the whole of what the upstream gives.
 * @throws ControlError for platforms that are none; the signal's reason when it stops
 */
export async function warmImages(
  context: AppContext,
  { images, platforms }: WarmBody,
  onEvent: (event: WarmEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const wanted = readPlatforms(platforms)
  let failed = 0
  for (const image of new Set(images)) {
    const event = await warmImage(context, image, wanted, onEvent, signal)
    if (event.type === 'failed') failed += 1
    onEvent(event)
  }
  onEvent({ type: 'end', done: new Set(images).size - failed, failed })
}

async function warmImage(
  context: AppContext,
  image: string,
  platforms: WantedPlatforms,
  onEvent: (event: WarmEvent) => void,
  signal: AbortSignal,
): Promise<WarmEvent> {
  const finished = new AbortController()
  try {
    const { name, targets, reference } = orderOf(context, image)
    const order: WarmOrder = { targets, reference, platforms }
    const warming = new Warming(context.cache, order, context.clock, signal)
    void reportProgress(context, () => onEvent(progressEvent(image, warming.progress)), finished.signal)
    return doneEvent(image, name, await warming.run())
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (!(error instanceof OciError))
      context.log.error({ event: 'warm.failed', image, err: error }, 'warming failed')
    const { code, message } = error instanceof OciError ? error : new OciError('UNKNOWN')
    return { type: 'failed', image, code, message }
  } finally {
    finished.abort()
  }
}

function orderOf(
  context: AppContext,
  image: string,
): Pick<WarmOrder, 'targets' | 'reference'> & { readonly name: string } {
  const written = parseImageName(image)
  const { policy, repository } = context.route(written)
  return {
    name: canonicalImageName(policy.name, repository, written.reference),
    targets: accessesOf(policy).map((access) => ({ policy, repository, access })),
    reference: written.reference,
  }
}

async function reportProgress({ clock }: AppContext, report: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(PROGRESS_MS, signal).catch(() => {})
    if (!signal.aborted) report()
  }
}

function progressEvent(image: string, progress: WarmProgress): WarmEvent {
  return { type: 'progress', image, ...progress, totalBytes: progress.totalBytes ?? null }
}

function doneEvent(image: string, name: string, summary: WarmSummary): WarmEvent {
  const { missingPlatforms, totalBytes = null, warning = null, ...rest } = summary
  if (missingPlatforms.length === 0) return { type: 'done', image, name, ...rest, totalBytes, warning }
  const message = `${name} has nothing for ${missingPlatforms.join(', ')}; what it has of the others is cached`
  return { type: 'failed', image, code: 'MANIFEST_UNKNOWN', message }
}

function readPlatforms(platforms: WarmBody['platforms']): WantedPlatforms {
  if (platforms === 'all') return 'all'
  return platforms.map((text) => {
    const platform = parsePlatform(text)
    if (platform !== undefined) return platform
    throw new ControlError(
      'invalid',
      `"${text}" is not a platform: expected os/architecture, such as linux/arm64`,
    )
  })
}
