import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobRegistryCredential } from '../job/job.ts'
import { CredentialHelper, type HelperEnvironment } from './credential-helper.ts'
import { type DockerConfig, readDockerConfig } from './docker-config.ts'
import { CredentialSourceError } from './errors.ts'
import type { CredentialEntry, RegistryLogin } from './registry-login.ts'
import { pathOfKey } from './registry-path.ts'

/** Where logins for a job's images come from. The first source that has a login for a path wins it. */
export interface CredentialSources {
  /** Value of DOCKER_AUTH_CONFIG: the job's, else the one of the runner's environment. */
  readonly authConfig: string | undefined
  /** Of the user that this process runs as; absent: no files are read. */
  readonly homeDirectory: string | undefined
  /** What came with the job. */
  readonly payload: readonly JobRegistryCredential[]
  readonly helpers: HelperEnvironment
}

export interface GatheredCredentials {
  /** One for each path. */
  readonly entries: readonly CredentialEntry[]
  /** For the job's log; without secrets. */
  readonly warnings: readonly string[]
}

export const AUTH_CONFIG_SOURCE = '$DOCKER_AUTH_CONFIG'
export const PAYLOAD_SOURCE = 'job payload (GitLab Registry)'

const MAX_FILE_BYTES = 1024 * 1024

/**
 * Reads every source. One that cannot be read is left out, with a warning.
 * @throws CredentialSourceError CREDENTIAL_HELPER_REFUSED
 */
export async function gatherCredentials(sources: CredentialSources): Promise<GatheredCredentials> {
  const warnings: string[] = []
  const entries = new Map<string, CredentialEntry>()
  const add = async (source: string, load: () => Promise<CredentialEntry[]>): Promise<void> => {
    try {
      for (const entry of await load()) if (!entries.has(entry.path)) entries.set(entry.path, entry)
    } catch (error) {
      if (!(error instanceof CredentialSourceError) || error.code === 'CREDENTIAL_HELPER_REFUSED') throw error
      warnings.push(
        `Failed to resolve credentials from ${source}: ${error.message}. Credentials from this source will not be used.`,
      )
    }
  }
  const loadConfig = (source: string, config: DockerConfig) => load(config, source, sources.helpers, warnings)

  const { authConfig, homeDirectory, payload } = sources
  if (authConfig !== undefined && authConfig.trim() !== '') {
    await add(AUTH_CONFIG_SOURCE, () =>
      loadConfig(AUTH_CONFIG_SOURCE, readDockerConfig(authConfig, 'config.json')),
    )
  }
  for (const { path, format } of filesIn(homeDirectory)) {
    const text = await readIfThere(path, warnings)
    if (text === undefined) continue
    await add(path, () => loadConfig(path, readDockerConfig(text, format)))
    break
  }
  await add(PAYLOAD_SOURCE, async () => payload.map(payloadEntry))
  return { entries: [...entries.values()], warnings }
}

/** Later ones win inside of a source: helpers over the store over `auths`. */
async function load(
  config: DockerConfig,
  source: string,
  environment: HelperEnvironment,
  warnings: string[],
): Promise<CredentialEntry[]> {
  const entries = new Map<string, CredentialEntry>()
  const add = (key: string, login: RegistryLogin | undefined): void => {
    if (login !== undefined) entries.set(pathOfKey(key), { key, path: pathOfKey(key), source, login })
  }
  for (const { key, login, doubts } of config.auths) {
    add(key, login)
    warnings.push(...doubts.map((doubt) => `Credentials from ${source}: ${doubt}`))
  }
  if (config.credsStore !== undefined) {
    const store = new CredentialHelper(config.credsStore, environment)
    for (const key of await store.list()) add(key, await store.get(key))
  }
  for (const [key, name] of config.credHelpers) {
    add(key, await new CredentialHelper(name, environment).get(key))
  }
  return [...entries.values()]
}

function payloadEntry({ registry, username, password }: JobRegistryCredential): CredentialEntry {
  const login: RegistryLogin = { kind: 'password', username, password }
  return { key: registry, path: pathOfKey(registry), source: PAYLOAD_SOURCE, login }
}

function filesIn(home: string | undefined) {
  if (home === undefined) return []
  return [
    { path: join(home, '.docker', 'config.json'), format: 'config.json' },
    { path: join(home, '.dockercfg'), format: '.dockercfg' },
  ] as const
}

async function readIfThere(path: string, warnings: string[]): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    if (size <= MAX_FILE_BYTES) return await readFile(path, 'utf8')
    warnings.push(`${path} has more than ${MAX_FILE_BYTES} bytes. Credentials from it will not be used.`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    warnings.push(`${path} cannot be read (${code}). Credentials from it will not be used.`)
  }
  return undefined
}
