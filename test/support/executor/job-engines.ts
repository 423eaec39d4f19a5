import type { ImageName } from '../real/images.ts'
import { findRoot } from '../real/releases.ts'
import { type EngineWithImages, startEngineOf, startEngineWithImages } from './engine-with-images.ts'

/** An engine that jobs are run on, with its images under the names that people write. */
export type JobEngine = Pick<EngineWithImages, 'docker' | 'endpoint' | 'leftOf' | 'restart'> & AsyncDisposable

export interface JobEngineRelease {
  readonly name: string
  /** @param foreign had for another processor, as `busybox:arm64` */
  start(images: readonly ImageName[], foreign?: ImageName): Promise<JobEngine>
}

/** The engine of this machine, and a newer one where its tree is there. */
export async function jobEngines(): Promise<readonly JobEngineRelease[]> {
  const newer = await findRoot('of Debian 13')
  const own: JobEngineRelease = { name: 'a Docker Engine', start: startEngineWithImages }
  if (newer === undefined) return [own]
  const start: JobEngineRelease['start'] = (...which) => startEngineOf(newer, ...which)
  return [own, { name: 'a Docker Engine of Debian 13', start }]
}
