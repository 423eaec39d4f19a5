import type { JobVariable } from '../job/job.ts'
import type { DockerSettings } from './docker-settings.ts'

/** What config.toml says, checked. Nothing in it is expanded. */
export interface RunnerFile {
  /** In the order of the file; at least one, that of the defaults when the file has none. */
  readonly runners: readonly RunnerSettings[]
  /** Sentences about keys that are left alone, each with its line. */
  readonly warnings: readonly string[]
}

/** One `[[runners]]`. */
export interface RunnerSettings {
  readonly name: string
  /** The GitLab or AlloyCI server that jobs come from. Absent: none does. */
  readonly url: string | undefined
  /** Secret. */
  readonly token: string | undefined
  readonly buildsDir: string
  readonly cacheDir: string
  /** For every job; its own variables win. */
  readonly environment: readonly JobVariable[]
  /** How much of a job's log is kept. */
  readonly outputLimitBytes: number
  readonly preGetSourcesScript: string | undefined
  readonly postGetSourcesScript: string | undefined
  readonly preBuildScript: string | undefined
  readonly postBuildScript: string | undefined
  readonly isDebugTraceDisabled: boolean
  /** `[runners.feature_flags]`: they win over the job's. */
  readonly featureFlags: ReadonlyMap<string, boolean>
  readonly docker: DockerSettings
  readonly proxy: ProxyChoice
}

/** `[runners.entrepot]`: the cache that this runner's images come through. */
export interface ProxyChoice {
  /** Where this program reaches it. Absent: the one on this machine. */
  readonly url: string | undefined
  /** A file with a token of role runner, on one line. */
  readonly tokenFile: string | undefined
  /** Absent: `default`. */
  readonly group: string | undefined
  /** `HOST:PORT` under which the Docker Engine reaches it. */
  readonly engineAddress: string | undefined
  /** `HOST:PORT` under which containers reach it. */
  readonly jobAddress: string | undefined
}
