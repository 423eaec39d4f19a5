import { existsSync } from 'node:fs'
import type { CacheControl } from '../../server/control/cache-control.ts'
import { ControlError } from '../../server/control/errors.ts'
import { controlSocketPath } from '../../server/control-socket.ts'
import type { CliContext } from '../context.ts'
import { openStorage } from '../open-storage.ts'
import { isListening } from '../server-client.ts'
import { findLocalStorage, type LocalServerFlags } from './local-storage.ts'
import type { PlanImage } from './plan-images.ts'

/**
 * - `cached`  in the cache, with so many bytes; a tag may have to be confirmed
 * - `absent`  would be pulled from its upstream
 * - `direct`  of a registry that the cache does not front: the engine pulls it there
 * - `unknown` what it is is known when the job runs
 */
export type ImageState =
  | { readonly state: 'cached'; readonly bytes: number }
  | { readonly state: 'absent' | 'direct' | 'unknown' }

/**
 * What the cache of this machine, that a run would use, has of some images. Nothing is started, and no upstream is
 * asked.
 * @returns by name
 */
export async function cachedImages(
  images: readonly PlanImage[],
  flags: LocalServerFlags,
  context: CliContext,
): Promise<ReadonlyMap<string, ImageState>> {
  const storage = await findStorage(flags, context)
  if (storage === undefined) return new Map(images.map((image) => [image.name, withoutCache(image)]))
  const opened = await openStorage(
    { storage, ...(flags.settings && { config: flags.settings }) },
    context,
    false,
  )
  try {
    const states = new Map<string, ImageState>()
    for (const image of images) states.set(image.name, await stateOf(image, opened.cache))
    return states
  } finally {
    await opened.close()
  }
}

/** Where a server runs, as a run looks for it; else where one would be started. */
async function findStorage(flags: LocalServerFlags, context: CliContext): Promise<string | undefined> {
  const { path, places } = await findLocalStorage(flags, context)
  for (const place of places) {
    if (await isListening(controlSocketPath(place))) return place
  }
  return existsSync(path) ? path : undefined
}

async function stateOf(image: PlanImage, cache: CacheControl): Promise<ImageState> {
  if (image.canonical === undefined) return { state: 'unknown' }
  try {
    const { manifests, blobs } = await cache.show(image.canonical)
    const present = [...manifests, ...blobs].filter((part) => part.present)
    // A manifest alone is little of an image: that of a tag that was only looked at.
    if (blobs.length > 0 && !blobs.some((blob) => blob.present)) return { state: 'absent' }
    return { state: 'cached', bytes: present.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  } catch (error) {
    if (!(error instanceof ControlError) || error.code === 'failed') throw error
    return { state: error.code === 'not-found' ? 'absent' : 'direct' }
  }
}

function withoutCache({ canonical }: PlanImage): ImageState {
  return { state: canonical === undefined ? 'unknown' : 'absent' }
}
