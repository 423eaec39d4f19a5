/** Keys that files for GitLab Runner have, and that are without effect here. */

/** For the whole program. They say how jobs are fetched, which one job from a file does not need. */
export const QUIET_GLOBAL_KEYS = [
  'concurrent',
  'check_interval',
  'log_level',
  'log_format',
  'listen_address',
  'shutdown_timeout',
  'connection_max_age',
  'sentry_dsn',
  'user',
  'session_server',
] as const

/** Of `[[runners]]`, of the same kind. */
export const QUIET_RUNNER_KEYS = [
  'id',
  'executor',
  'shell',
  'limit',
  'token_obtained_at',
  'token_expires_at',
  'tls-ca-file',
  'tls-cert-file',
  'tls-key-file',
  'request_concurrency',
  'strict_check_interval',
  'unhealthy_requests_limit',
  'unhealthy_interval',
  'job_status_final_update_retry_limit',
] as const

/** Of `[[runners]]`: whoever sets one is told. */
export const IGNORED_RUNNER_KEYS = [
  'clone_url',
  'clean_git_config',
  'safe_directory_checkout',
  'prepare_timeout',
  'get_sources_timeout',
  'proxy_exec',
  'labels',
  'custom_build_dir',
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
  'helper_image_flavor',
  'helper_image_autoset_arch_and_os',
  'services_devices',
  'service_slot_cgroup_template',
] as const
