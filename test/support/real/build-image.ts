import { findBuildKitClient } from './component.ts'
import type { Engine } from './engine.ts'

export type Builder = 'classic' | 'BuildKit'

export interface ImageBuild {
  readonly builder: Builder
  /** The folder with the Dockerfile. */
  readonly context: string
  readonly buildArgs: Readonly<Record<string, string>>
  readonly tag: string
}

const BUILD_TIMEOUT_MS = 300_000

/** Errors: CommandFailed. */
export async function buildImage(
  engine: Engine,
  { builder, context, buildArgs, tag }: ImageBuild,
): Promise<void> {
  const isClassic = builder === 'classic'
  const program = isClassic ? undefined : findBuildKitClient()
  const env = { DOCKER_BUILDKIT: isClassic ? '0' : '1', BUILDKIT_PROGRESS: 'plain' }
  const args = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const options = { env, timeoutMs: BUILD_TIMEOUT_MS, ...(program === undefined ? {} : { program }) }
  await engine.dockerWith(options, 'build', ...args, '--tag', tag, context)
}
