import type { JobVariables } from '../../job/job-variables.ts'
import { quote } from '../../script/quote.ts'
import type { SubmoduleChoices } from './source-choices.ts'
import type { GitLogin, SourceRepository } from './source-repository.ts'

type Setting = readonly [key: string, value: string]

const USERNAME = 'ENTREPOT_GIT_USERNAME'
const PASSWORD = 'ENTREPOT_GIT_PASSWORD'

/** Says a login that is in the environment; what git would have it keep or forget is not kept at all. */
const LOGIN_HELPER = `!f() { [ "$1" != get ] || printf 'username=%s\\npassword=%s\\n' "$${USERNAME}" "$${PASSWORD}"; }; f`

/** The same with what every script of a job has in its environment anyway. */
const JOB_TOKEN_HELPER = `!f() { [ "$1" != get ] || printf 'username=%s\\npassword=%s\\n' gitlab-ci-token "$CI_JOB_TOKEN"; }; f`

/** Variables with the paths of files, and what git calls them. */
const TLS_FILES = [
  ['CI_SERVER_TLS_CA_FILE', 'sslCAInfo'],
  ['CI_SERVER_TLS_CERT_FILE', 'sslCert'],
  ['CI_SERVER_TLS_KEY_FILE', 'sslKey'],
] as const

/**
 * Lines that give git its settings, and the login, by the environment: all of git that a script starts inherits
 * them, for submodules too, and nothing of them is on the disk or in an argument afterwards. Git reads them since 2.31.
 */
export function gitSettingLines(
  repository: SourceRepository,
  submodules: SubmoduleChoices | undefined,
  variables: JobVariables,
): readonly string[] {
  const settings = [
    ...GENERAL,
    ...userAgent(variables),
    ...loginSettings(repository),
    ...tlsSettings(repository, variables),
    ...(submodules?.isHttpForced ? sshReplacements(repository, variables) : []),
  ]
  return [
    exported('GIT_TERMINAL_PROMPT', '0'),
    exported('GCM_INTERACTIVE', 'Never'),
    ...(repository.login === undefined ? [] : loginLines(repository.login)),
    ...environmentSettings(settings, variables),
  ]
}

/**
 * Settings that a repository keeps, so that `git fetch` works in the job's own scripts: the files of the certificates,
 * and where git finds the job's token, if it is one, in their environment. The token itself is nowhere.
 */
export function keptSettings(repository: SourceRepository, variables: JobVariables): readonly Setting[] {
  const { origin, login } = repository
  const isToken = login !== undefined && login.password === variables.get('CI_JOB_TOKEN')
  const helper: Setting = [`credential.${origin}.helper`, JOB_TOKEN_HELPER]
  return [...tlsSettings(repository, variables), ...(isToken ? [helper] : [])]
}

const GENERAL: readonly Setting[] = [
  // Anything but a name that somebody uses; git would suggest to choose one.
  ['init.defaultBranch', 'none'],
  ['fetch.recurseSubmodules', 'false'],
  // What goes on in the background ends with the container, in the middle of its work.
  ['gc.autoDetach', 'false'],
]

/** Servers tell by it what is fetched for jobs. */
function userAgent(variables: JobVariables): readonly Setting[] {
  const version = variables.get('CI_RUNNER_VERSION')
  const architecture = variables.get('CI_RUNNER_EXECUTABLE_ARCH') ?? ''
  return version ? [['http.userAgent', `gitlab-runner ${version} ${architecture}`.trimEnd()]] : []
}

/** The empty one takes away what the image has, which might keep the login. */
function loginSettings({ origin, login }: SourceRepository): readonly Setting[] {
  if (origin === undefined || login === undefined) return []
  const key = `credential.${origin}.helper`
  return [
    [key, ''],
    [key, LOGIN_HELPER],
  ]
}

function tlsSettings({ origin }: SourceRepository, variables: JobVariables): readonly Setting[] {
  if (origin === undefined) return []
  return TLS_FILES.flatMap(([variable, name]): Setting[] => {
    const path = variables.get(variable)
    return path ? [[`http.${origin}.${name}`, path]] : []
  })
}

/** `git@gitlab.example.com:acme/lib.git` is the same as `https://gitlab.example.com/acme/lib.git`. */
function sshReplacements(repository: SourceRepository, variables: JobVariables): readonly Setting[] {
  const base = httpBase(repository, variables)
  if (base === undefined) return []
  const key = `url.${base}/.insteadOf`
  const named = variables.get('CI_SERVER_SHELL_SSH_HOST') || variables.get('CI_SERVER_HOST')
  const host = named || new URL(base).hostname
  const port = variables.get('CI_SERVER_SHELL_SSH_PORT') || '22'
  if (port !== '22') return [[key, `ssh://git@${host}:${port}/`]]
  return [
    [key, `git@${host}:`],
    [key, `ssh://git@${host}/`],
  ]
}

/** With the path under which the server is, where it has one. Never another server: the login would go there. */
function httpBase({ origin }: SourceRepository, variables: JobVariables): string | undefined {
  const server = variables.get('CI_SERVER_URL') ?? ''
  const isSame = URL.canParse(server) && new URL(server).origin === origin
  return isSame ? server.replace(/\/+$/, '') : origin
}

function loginLines({ username, password }: GitLogin): readonly string[] {
  return [exported(USERNAME, username), exported(PASSWORD, password)]
}

/** After those that the job's author gives git in the same way. */
function environmentSettings(settings: readonly Setting[], variables: JobVariables): readonly string[] {
  const written = variables.get('GIT_CONFIG_COUNT') ?? ''
  const first = /^\d{1,4}$/.test(written) ? Number(written) : 0
  return [
    ...settings.flatMap(([key, value], index) => [
      exported(`GIT_CONFIG_KEY_${first + index}`, key),
      exported(`GIT_CONFIG_VALUE_${first + index}`, value),
    ]),
    exported('GIT_CONFIG_COUNT', String(first + settings.length)),
  ]
}

function exported(name: string, value: string): string {
  return `export ${name}=${quote(value)}`
}
