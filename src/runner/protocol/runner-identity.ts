import { known } from '../../executor/job/compose-variables.ts'
import type { JobVariable } from '../../executor/job/job.ts'

/** The GitLab Runner whose protocol this is: servers read it from the name, and warn of old ones. */
const SPOKEN_VERSION = '19.4.0'
const REVISION = 'entrepot'

/** Who a server sees. */
export interface RunnerIdentity {
  /** Of this program. */
  readonly version: string
  /** One per machine and configuration. */
  readonly systemId: string
  /** `linux`. */
  readonly platform: string
  /** `amd64`. */
  readonly architecture: string
}

/**
 * What this runner can do. Each is a promise: a server holds back jobs that need what is not here.
 */
const FEATURES = [
  'artifacts',
  'artifacts_exclude',
  'cache',
  'cancel_gracefully',
  'cancelable',
  'fallback_cache_keys',
  'image',
  'image_executor_opts',
  'masking',
  'multi_build_steps',
  'raw_variables',
  'refspecs',
  'return_exit_code',
  'service_executor_opts',
  'service_multiple_aliases',
  'service_variables',
  'services',
  'trace_checksum',
  'trace_reset',
  'trace_size',
  'two_phase_job_commit',
  'upload_multiple_artifacts',
  'upload_raw_artifacts',
  'variables',
] as const

/** `gitlab-runner 19.4.0 (...)`: the server takes the version from it. */
export function userAgentOf({ version, platform, architecture }: RunnerIdentity): string {
  return `gitlab-runner ${SPOKEN_VERSION} (entrepot ${version}; ${platform}/${architecture})`
}

/** What jobs are told of the program that runs them: what their server is. */
export function programVariables({
  platform,
  architecture,
}: Pick<RunnerIdentity, 'platform' | 'architecture'>): readonly JobVariable[] {
  return [
    known('CI_RUNNER_VERSION', SPOKEN_VERSION),
    known('CI_RUNNER_REVISION', REVISION),
    known('CI_RUNNER_EXECUTABLE_ARCH', `${platform}/${architecture}`),
  ]
}

/** `info`, as calls of a runner carry it. */
export function runnerInfo({ platform, architecture }: RunnerIdentity): object {
  return {
    name: 'gitlab-runner',
    version: SPOKEN_VERSION,
    revision: REVISION,
    platform,
    architecture,
    executor: 'docker',
    shell: 'bash',
    features: Object.fromEntries(FEATURES.map((feature) => [feature, true])),
  }
}
