import type { Platform } from '../../oci/descriptor.ts'
import { parsePlatform } from '../../oci/platform.ts'
import type { ImageEngine, LocalImage } from './image-engine.ts'
import { isFor, originOf } from './local-image.ts'
import { ImagePullError } from './pull-error.ts'
import type { PullProofs } from './pull-proofs.ts'
import { type PullRoute, provenLogin, wayToDigest } from './pull-route.ts'
import { ourName, repositoryOf, type WantedImage } from './wanted-image.ts'

export interface PresenceParts {
  readonly engine: ImageEngine
  readonly proofs: PullProofs
  readonly group: string | undefined
}

/**
 * The image on the engine: under the user's name, then under ours. Asks no registry. An image of ours may be one
 * that another job wanted for another platform.
 */
export async function findLocally(
  engine: ImageEngine,
  wanted: WantedImage,
  { canonical }: PullRoute,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<LocalImage | undefined> {
  const asked = platform === undefined ? undefined : parsePlatform(platform)
  const theirs = await engine.find(wanted.reference, signal)
  if (theirs !== undefined && (asked === undefined || isFor(theirs, asked))) return theirs
  const ours = await engine.find(ourName(canonical), signal)
  if (ours === undefined) return undefined
  const needed: Platform = asked ?? (await engine.platform(signal))
  return isFor(ours, needed) ? ours : undefined
}

/**
 * Whether a job may use an image that another one may have pulled. What was built here is for everybody; of
 * anything else the registry is asked, as the job, whether it would give it. While it does not answer, what it said
 * to the same login before stands.
 */
export async function mayUse(
  local: LocalImage,
  route: PullRoute,
  { engine, proofs, group }: PresenceParts,
  signal: AbortSignal,
): Promise<boolean> {
  const repository = repositoryOf(route.canonical)
  const origin = originOf(local, repository)
  if (origin.kind !== 'pulled') return origin.kind === 'built'
  const { digest } = origin
  for (const way of route.ways) {
    const proof = { repository, digest, login: provenLogin(route, way), group }
    try {
      const { reference, login } = wayToDigest(way, digest)
      await engine.resolve(reference, login, signal)
      proofs.record(proof)
      return true
    } catch (error) {
      if (!(error instanceof ImagePullError)) throw error
      // The next way may take the login that this one refused.
      if (error.code === 'DENIED') continue
      if (way.kind === 'mirror' && (error.code === 'NOT_FOUND' || !proofs.has(proof))) continue
      return error.code === 'NOT_FOUND' ? false : proofs.has(proof)
    }
  }
  return false
}
