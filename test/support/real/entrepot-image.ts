import { join } from 'node:path'
import { buildDist } from './build-dist.ts'
import { type Builder, buildImage } from './build-image.ts'
import type { DockerRegistry } from './docker-registry.ts'
import type { Engine } from './engine.ts'

export const ENTREPOT_IMAGE = 'entrepot:test'
const ROOT = join(import.meta.dirname, '../../..')

/**
 * Builds the Dockerfile of the project on an engine, of what is compiled here.
 * @param registry has the image `node`
 */
export async function buildEntrepotImage(
  engine: Engine,
  registry: DockerRegistry,
  builder: Builder,
): Promise<void> {
  await buildDist()
  // BuildKit would ask a registry by https, and takes an image that the engine has.
  const base = `${registry.address}/library/node:lts`
  await engine.docker('pull', base)
  await engine.docker('tag', base, 'node:lts')
  const buildArgs = { NODE_IMAGE: 'node:lts', APP: 'context' }
  await buildImage(engine, { builder, context: ROOT, buildArgs, tag: ENTREPOT_IMAGE })
}
