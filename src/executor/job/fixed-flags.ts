import { isGoFalse, isGoTrue } from './go-bool.ts'
import type { JobVariables } from './job-variables.ts'

/**
 * GitLab Runner's switches that have no effect here, and what is true of this program in their matter. Of what it has
 * no part in, other systems and other executors, that is GitLab Runner's default.
 */
const FIXED: Readonly<Record<string, boolean>> = {
  FF_CLEAN_UP_FAILED_CACHE_EXTRACT: false,
  FF_CMD_DISABLE_DELAYED_ERROR_LEVEL_EXPANSION: false,
  FF_DISABLE_POWERSHELL_STDIN: false,
  FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR: false,
  FF_ENABLE_JOB_CLEANUP: false,
  FF_EXPORT_HIGH_CARDINALITY_METRICS: false,
  FF_GIT_URLS_WITHOUT_TOKENS: true,
  FF_HASH_CACHE_KEYS: true,
  FF_KUBERNETES_HONOR_ENTRYPOINT: false,
  FF_LOG_IMAGES_CONFIGURED_FOR_JOB: true,
  FF_MASK_ALL_DEFAULT_TOKENS: false,
  FF_POSIXLY_CORRECT_ESCAPES: true,
  FF_PRINT_POD_EVENTS: false,
  FF_RESOLVE_FULL_TLS_CHAIN: false,
  FF_SECRET_RESOLVING_FAILS_IF_MISSING: true,
  FF_SET_PERMISSIONS_BEFORE_CLEANUP: true,
  FF_SKIP_NOOP_BUILD_STAGES: true,
  FF_USE_ADAPTIVE_REQUEST_CONCURRENCY: false,
  FF_USE_ADVANCED_POD_SPEC_CONFIGURATION: false,
  FF_USE_DIRECT_DOWNLOAD: true,
  FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO: true,
  FF_USE_DUMB_INIT_WITH_KUBERNETES_EXECUTOR: false,
  FF_USE_DYNAMIC_TRACE_FORCE_SEND_INTERVAL: false,
  FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: false,
  FF_USE_FASTZIP: false,
  FF_USE_FLEETING_ACQUIRE_HEARTBEATS: false,
  FF_USE_GITALY_CORRELATION_ID: false,
  FF_USE_GIT_BUNDLE_URIS: false,
  FF_USE_INIT_WITH_DOCKER_EXECUTOR: false,
  FF_USE_LEGACY_BASH_EVAL: false,
  FF_USE_LEGACY_GCS_CACHE_ADAPTER: false,
  FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY: false,
  FF_USE_LEGACY_S3_CACHE_ADAPTER: false,
  FF_USE_NEW_BASH_EVAL_STRATEGY: true,
  FF_USE_POD_ACTIVE_DEADLINE_SECONDS: true,
  FF_USE_POWERSHELL_PATH_RESOLVER: false,
  FF_USE_WINDOWS_JOB_OBJECT: false,
  FF_USE_WINDOWS_LEGACY_PROCESS_STRATEGY: false,
  FF_WAIT_FOR_POD_TO_BE_REACHABLE: false,
}

export const FIXED_FLAGS: readonly string[] = Object.keys(FIXED)

/**
 * The switches that somebody set otherwise than it is here, in the order of their names. A variable of a name that
 * GitLab Runner does not know is the job's own.
 * @param settings of the runner: they win over the job's
 */
export function flagsWithoutEffect(
  settings: ReadonlyMap<string, boolean>,
  variables: JobVariables,
): readonly string[] {
  return Object.entries(FIXED).flatMap(([flag, isOn]) => {
    const written = variables.get(flag)
    const wish = settings.get(flag) ?? (isGoTrue(written) ? true : isGoFalse(written) ? false : undefined)
    return wish === undefined || wish === isOn ? [] : [flag]
  })
}
