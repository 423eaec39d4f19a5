/** Keys that files for GitLab Runner have, and that are without effect here. */

/** For the whole program. The runner makes new connections by itself. */
export const QUIET_GLOBAL_KEYS = ['connection_max_age'] as const

/** For the whole program: whoever sets one is told. */
export const IGNORED_GLOBAL_KEYS = [
  'sentry_dsn',
  'user',
  'session_server',
  'labels',
  'experimental',
  'machine',
] as const

/** Of `[[runners]]`: whoever sets one is told. */
export const IGNORED_RUNNER_KEYS = [
  'shell',
  'clean_git_config',
  'safe_directory_checkout',
  'strict_check_interval',
  'unhealthy_requests_limit',
  'unhealthy_interval',
  'job_status_final_update_retry_limit',
  'proxy_exec',
  'labels',
  'use_slot_cgroups',
  'slot_cgroup_template',
  'step_runner_image',
  'artifact',
  'experimental',
  'cache',
  'machine',
  'ssh',
  'parallels',
  'virtualbox',
  'kubernetes',
  'custom',
  'autoscaler',
  'instance',
  'monitoring',
  'referees',
] as const

/** Of `[runners.docker]`. */
export const IGNORED_DOCKER_KEYS = [
  'helper_image_autoset_arch_and_os',
  'services_devices',
  'service_slot_cgroup_template',
] as const

/** Of `[runners.docker]`: names that people know for a key of ours, and how it is written. */
export const RENAMED_DOCKER_KEYS: Readonly<Record<string, string>> = { registry_proxy: 'mirrors' }

/** Of a table that a registration writes with defaults in it: the key that turns it on. */
export const SWITCHES: Readonly<Record<string, string>> = { session_server: 'listen_address', cache: 'Type' }
