import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { DockerSettings } from '../config/docker-settings.ts'
import type { ImageResolver } from '../images/image-resolver.ts'
import type { JobVariable } from '../job/job.ts'
import type { Engine } from './engine.ts'
import type { RunnerName } from './labels.ts'
import type { Owner } from './owner.ts'

export interface DockerExecutorOptions {
  readonly engine: Engine
  readonly settings: DockerSettings
  readonly images: ImageResolver
  readonly owner: Owner
  readonly runner: RunnerName
  /** `environment` and feature flags of the runner. */
  readonly variables: readonly JobVariable[]
  readonly featureFlags: ReadonlyMap<string, boolean>
  /** See RunSettings. */
  readonly isDebugTraceDisabled?: boolean | undefined
  /** See RunnerSettings. Absent: they may. */
  readonly isCustomBuildDirEnabled?: boolean | undefined
  /** `/builds` and `/cache`, unless the runner says otherwise. */
  readonly buildsDirectory: string
  readonly cacheDirectory: string
  /** Of the container that this process runs in, where it has git and the engine is its own. `sha256:…` */
  readonly ownImageId?: string | undefined
  /** Directory where uses of cache volumes are noted, for all engines. Absent: these volumes have no bounds. */
  readonly volumeUses?: string | undefined
  readonly clock: Clock
  readonly log: Log
}
