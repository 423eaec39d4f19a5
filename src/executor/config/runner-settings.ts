import type { JobVariable } from '../job/job.ts'
import type { DockerSettings } from './docker-settings.ts'
import type { MetricsAddress } from './metrics-address.ts'

export const LOG_LEVELS = ['panic', 'fatal', 'error', 'warning', 'warn', 'info', 'debug', 'trace'] as const
export const LOG_FORMATS = ['runner', 'text', 'json'] as const

/** What config.toml says, checked. But for `url` and `token`, nothing in it is expanded. */
export interface RunnerFile {
  readonly program: ProgramSettings
  /** In the order of the file; at least one, that of the defaults when the file has none. */
  readonly runners: readonly RunnerSettings[]
  /** Sentences about keys that are left alone, each with its line. */
  readonly warnings: readonly string[]
}

/** What stands above the first `[[runners]]`. */
export interface ProgramSettings {
  /** How many jobs of all runners at a time. */
  readonly concurrent: number
  /** Between two questions for a job. */
  readonly checkIntervalMs: number
  /** For what is aborted to be told and removed. */
  readonly shutdownTimeoutMs: number
  /** Absent: as the program has it. */
  readonly logLevel: (typeof LOG_LEVELS)[number] | undefined
  readonly logFormat: (typeof LOG_FORMATS)[number] | undefined
  /** Where /metrics of the runners is told. Absent: nowhere. */
  readonly metricsAddress: MetricsAddress | undefined
}

/** One `[[runners]]`. */
export interface RunnerSettings {
  readonly name: string
  /** The GitLab or AlloyCI server that jobs come from. Absent: none does. */
  readonly url: string | undefined
  /** Of the server, which keeps it when the token is another. Absent: it did not say. */
  readonly id: number | undefined
  /** Secret. */
  readonly token: string | undefined
  /** The file names variables in the place of the token, or of a part of it. */
  readonly isTokenFromEnvironment: boolean
  /** Wall time in milliseconds since the epoch. Absent: not known. */
  readonly tokenObtainedAt: number | undefined
  /** Wall time in milliseconds since the epoch. Absent: it does not expire, as far as is known. */
  readonly tokenExpiresAt: number | undefined
  /** What runs its jobs. Anything but `docker` is not here: such a runner takes none. */
  readonly executor: string
  readonly tls: RunnerTls
  /** How many of its jobs at a time. Absent: as many as `concurrent` allows. */
  readonly limit: number | undefined
  /** How many questions for a job at a time; at least one. */
  readonly requestConcurrency: number
  /** Where the repositories of all jobs are, in the place of what the server says. */
  readonly cloneUrl: string | undefined
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
  /** What preparing a job may take, its retries included. Absent: as long as the job. */
  readonly prepareTimeoutMs: number | undefined
  /** What getting its sources may take, its retries included. Absent: as long as the job. */
  readonly getSourcesTimeoutMs: number | undefined
  /** `[runners.custom_build_dir]`: jobs may have a directory of their choice, GIT_CLONE_PATH. */
  readonly isCustomBuildDirEnabled: boolean
  /** `[runners.feature_flags]`: they win over the job's. */
  readonly featureFlags: ReadonlyMap<string, boolean>
  readonly docker: DockerSettings
  readonly proxy: ProxyChoice
}

/** PEM files for the connection with the server, as written. */
export interface RunnerTls {
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
}

/** `[runners.entrepot]`: the cache that this runner's images come through. */
export interface ProxyChoice {
  /** Where this program reaches it. Absent: the one on this machine. */
  readonly url: string | undefined
  /** A file with a token of role runner, on one line. */
  readonly tokenFile: string | undefined
  /** May use the job's variables: `$CI_PROJECT_NAMESPACE`. Absent: `default`. */
  readonly group: string | undefined
  /** `HOST:PORT` under which the Docker Engine reaches it. */
  readonly engineAddress: string | undefined
  /** `HOST:PORT` under which containers reach it. */
  readonly jobAddress: string | undefined
  /** Whether our CI_DEPENDENCY_PROXY_* take the place of the server's. Absent: as the job address allows. */
  readonly overrideDependencyProxy: boolean | undefined
}
