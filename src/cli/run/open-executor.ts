import { homedir } from 'node:os'
import { join } from 'node:path'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { DockerExecutor } from '../../executor/docker/docker-executor.ts'
import { DockerImageEngine } from '../../executor/docker/docker-image-engine.ts'
import type { Engine } from '../../executor/docker/engine.ts'
import type { RunnerName } from '../../executor/docker/labels.ts'
import { readOwner } from '../../executor/docker/owner.ts'
import type { Executor } from '../../executor/executor.ts'
import { EngineImageResolver } from '../../executor/images/engine-image-resolver.ts'
import { FilePullProofs } from '../../executor/images/file-pull-proofs.ts'
import type { ImageResolver } from '../../executor/images/image-resolver.ts'
import type { Log } from '../../log.ts'
import type { CliContext } from '../context.ts'
import { jobCaches, stateHome } from '../user-directories.ts'
import type { OpenedProxy } from './open-proxy.ts'
import { findOwnImage } from './own-image.ts'

export interface ExecutorOrder {
  readonly engine: Engine
  readonly runner: RunnerSettings
  readonly opened: Pick<OpenedProxy, 'proxy' | 'group'>
  readonly context: Pick<CliContext, 'env' | 'clock'>
  readonly log: Log
  /** Of a runner that a server knows. */
  readonly name?: RunnerName
  /** Absent: those of the engine. */
  readonly images?: ImageResolver
}

/** A job that no server gave has no runner's token. */
const LOCAL_RUNNER = 'local'

/** What gets images for jobs onto the engine. */
export async function openImages({
  engine,
  runner,
  opened,
  context: { clock, env },
  log,
}: Omit<ExecutorOrder, 'name' | 'images'>): Promise<ImageResolver> {
  const path = join(stateHome(env), 'pull-proofs.json')
  const proofs = await FilePullProofs.open({ path, clock, log })
  return new EngineImageResolver({
    engine: new DockerImageEngine(engine.docker),
    settings: runner.docker,
    proxy: opened.proxy,
    group: opened.group,
    overrideDependencyProxy: runner.proxy.overrideDependencyProxy,
    homeDirectory: env.HOME || homedir(),
    helpers: { env },
    proofs,
    clock,
    random: Math.random,
  })
}

/** The Docker executor of a run, with everything that it is made of. */
export async function openExecutor(order: ExecutorOrder): Promise<Executor> {
  const { engine, runner, context, log, name } = order
  const images = order.images ?? (await openImages(order))
  const { docker: settings, environment: variables, featureFlags, buildsDir, cacheDir } = runner
  const owner = await readOwner()
  return new DockerExecutor({
    engine,
    settings,
    images,
    owner,
    ownImageId: await findOwnImage(engine, context),
    runner: name ?? { shortToken: LOCAL_RUNNER, systemId: `s_${owner.hostId.slice(0, 12)}` },
    variables,
    featureFlags,
    isDebugTraceDisabled: runner.isDebugTraceDisabled,
    isCustomBuildDirEnabled: runner.isCustomBuildDirEnabled,
    buildsDirectory: buildsDir,
    cacheDirectory: cacheDir,
    volumeUses: join(jobCaches(context.env), 'volumes'),
    clock: context.clock,
    log,
  })
}
