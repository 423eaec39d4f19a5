import { DOCKER_FLAGS } from './docker-flags.ts'
import type { FlagKind, RegisterFlag } from './register-flag.ts'

/** What the registration itself needs. */
const COMMAND_FLAGS = [
  {
    name: '-c, --config',
    kind: 'text',
    env: 'CONFIG_FILE',
    summary: 'config.toml, which is made when it is not there',
  },
  { name: '-n, --non-interactive', kind: 'flag', env: 'REGISTER_NON_INTERACTIVE', summary: 'ask nothing' },
  {
    name: '-r, --registration-token',
    kind: 'text',
    env: 'REGISTRATION_TOKEN',
    summary: 'a registration token, as servers had them before glrt- tokens',
  },
  {
    name: '--template-config',
    kind: 'text',
    env: 'TEMPLATE_CONFIG_FILE',
    summary: 'a file with one [[runners]] that fills what is not said otherwise',
  },
  {
    name: '--leave-runner',
    kind: 'flag',
    env: 'REGISTER_LEAVE_RUNNER',
    summary: 'when the registration fails, do not delete the runner from the server',
  },
] as const satisfies readonly RegisterFlag[]

/** What servers keep of a runner. Those that make glrt- tokens keep all of it themselves. */
const SERVER_FLAGS = [
  {
    name: '--tag-list',
    kind: 'text',
    env: 'RUNNER_TAG_LIST',
    summary: 'tags of the jobs that it takes, with commas',
  },
  {
    name: '--run-untagged',
    kind: 'flag',
    env: 'REGISTER_RUN_UNTAGGED',
    summary: 'whether it takes jobs without tags (default: when it has no tags)',
  },
  {
    name: '--locked',
    kind: 'flag',
    env: 'REGISTER_LOCKED',
    summary: 'whether it stays with this project (default: true)',
  },
  {
    name: '--access-level',
    kind: 'text',
    env: 'REGISTER_ACCESS_LEVEL',
    summary: 'not_protected or ref_protected',
  },
  {
    name: '--maximum-timeout',
    kind: 'integer',
    env: 'REGISTER_MAXIMUM_TIMEOUT',
    summary: 'seconds that a job may take',
  },
  {
    name: '--paused',
    kind: 'flag',
    env: 'REGISTER_PAUSED',
    summary: 'whether it gets no jobs at first (default: false)',
  },
  {
    name: '--maintenance-note',
    kind: 'text',
    env: 'REGISTER_MAINTENANCE_NOTE',
    summary: 'what administrators read of it',
  },
] as const satisfies readonly RegisterFlag[]

/** What is written into config.toml. */
const RUNNER_FLAGS: readonly RegisterFlag[] = [
  ...[
    { name: '-u, --url', env: 'CI_SERVER_URL', key: 'url', summary: 'the server' },
    { name: '-t, --token', env: 'CI_SERVER_TOKEN', key: 'token', summary: 'the token of the runner (glrt-)' },
    {
      name: '--name, --description',
      env: 'RUNNER_NAME',
      key: 'name',
      summary: 'its name (default: that of this machine)',
    },
    { name: '--executor', env: 'RUNNER_EXECUTOR', key: 'executor', summary: 'what runs its jobs: docker' },
    {
      name: '--tls-ca-file',
      env: 'CI_SERVER_TLS_CA_FILE',
      key: 'tls-ca-file',
      summary: 'certificates that the server is trusted by',
    },
    {
      name: '--tls-cert-file',
      env: 'CI_SERVER_TLS_CERT_FILE',
      key: 'tls-cert-file',
      summary: 'certificate of the runner',
    },
    {
      name: '--tls-key-file',
      env: 'CI_SERVER_TLS_KEY_FILE',
      key: 'tls-key-file',
      summary: 'its private key',
    },
  ].map(({ key, ...flag }): RegisterFlag => ({ ...flag, kind: 'text', key: [key] })),
  ...runnerFlags('integer', 'limit output_limit request_concurrency'),
  ...runnerFlags('integer', 'unhealthy_requests_limit job_status_final_update_retry_limit'),
  ...runnerFlags('text', 'unhealthy_interval builds_dir cache_dir shell prepare_timeout get_sources_timeout'),
  ...runnerFlags('text', 'pre_get_sources_script post_get_sources_script pre_clone_script post_clone_script'),
  ...runnerFlags('text', 'pre_build_script post_build_script'),
  ...runnerFlags('flag', 'debug_trace_disabled safe_directory_checkout clean_git_config proxy_exec'),
  ...runnerFlags('flag', 'strict_check_interval'),
  {
    name: '--clone-url',
    kind: 'text',
    env: 'CLONE_URL',
    key: ['clone_url'],
    summary: 'clone_url of [[runners]]',
  },
  {
    name: '--env',
    kind: 'texts',
    env: 'RUNNER_ENV',
    key: ['environment'],
    summary: 'KEY=value for every job',
  },
  {
    name: '--feature-flags',
    kind: 'flags',
    env: 'FEATURE_FLAGS',
    key: ['feature_flags'],
    summary: 'FF_NAME:true',
  },
  {
    name: '--custom_build_dir-enabled',
    kind: 'flag',
    env: 'CUSTOM_BUILD_DIR_ENABLED',
    key: ['custom_build_dir', 'enabled'],
    summary: 'enabled of [runners.custom_build_dir]',
  },
  {
    name: '--cache-type',
    kind: 'text',
    env: 'CACHE_TYPE',
    key: ['cache', 'Type'],
    summary: 'Type of [runners.cache]',
  },
  {
    name: '--cache-path',
    kind: 'text',
    env: 'CACHE_PATH',
    key: ['cache', 'Path'],
    summary: 'Path of [runners.cache]',
  },
  {
    name: '--cache-shared',
    kind: 'flag',
    env: 'CACHE_SHARED',
    key: ['cache', 'Shared'],
    summary: 'Shared of [runners.cache]',
  },
]

function runnerFlags(kind: FlagKind, keys: string): RegisterFlag[] {
  return keys.split(' ').map((key) => ({
    name: `--${key.replaceAll('_', '-')}`,
    kind,
    env: `RUNNER_${key.toUpperCase()}`,
    key: [key],
    summary: `${key} of [[runners]]`,
  }))
}

/** Flags of a registration, by what they are about. Names and variables are GitLab Runner's. */
export const REGISTER_FLAGS: readonly {
  readonly heading: string
  readonly flags: readonly RegisterFlag[]
}[] = [
  { heading: 'Options:', flags: COMMAND_FLAGS },
  { heading: 'The runner:', flags: RUNNER_FLAGS },
  { heading: 'For the server, with a registration token:', flags: SERVER_FLAGS },
  { heading: 'The Docker executor:', flags: DOCKER_FLAGS },
]
