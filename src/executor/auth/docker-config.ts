import { CredentialSourceError } from './errors.ts'
import { findJsonTrouble } from './json-trouble.ts'
import type { RegistryLogin } from './registry-login.ts'

/** What Docker's config.json says of logins. */
export interface DockerConfig {
  readonly auths: readonly ConfiguredLogin[]
  /** The helper for every registry: `osxkeychain`. */
  readonly credsStore: string | undefined
  /** Helpers by registry. */
  readonly credHelpers: ReadonlyMap<string, string>
}

export interface ConfiguredLogin {
  readonly key: string
  readonly login: RegistryLogin
  /** What looks as if it was not meant so, though it can be used. */
  readonly doubts: readonly string[]
}

/**
 * Reads config.json, or the older .dockercfg, which is its `auths` alone.
 * Source: docker/cli, cli/config/configfile.
 * @throws CredentialSourceError CREDENTIAL_SOURCE_INVALID
 */
export function readDockerConfig(text: string, format: 'config.json' | '.dockercfg'): DockerConfig {
  const root = asObject(parseJson(text), 'it')
  const auths = format === '.dockercfg' ? root : asObject(root.auths ?? {}, 'auths')
  const credHelpers = asObject(root.credHelpers ?? {}, 'credHelpers')
  return {
    auths: Object.entries(auths).flatMap(([key, value]) =>
      readLogin(key, asObject(value ?? {}, `the entry of "${key}"`)),
    ),
    credsStore: format === '.dockercfg' ? undefined : asText(root.credsStore, 'credsStore'),
    credHelpers: new Map(
      format === '.dockercfg'
        ? []
        : Object.entries(credHelpers).flatMap(([key, value]) => {
            const helper = asText(value, `the helper of "${key}"`)
            return helper === undefined ? [] : [[key, helper]]
          }),
    ),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error is not kept as the cause: its message quotes the text, and that holds secrets.
    const trouble = findJsonTrouble(text)
    const where = trouble === undefined ? '' : ` (line ${trouble.line}, column ${trouble.column})`
    throw invalid(`it is not valid JSON: ${trouble?.message ?? 'it cannot be read'}${where}`)
  }
}

/** An entry without a login is what `docker login` leaves beside a helper. */
function readLogin(key: string, entry: Readonly<Record<string, unknown>>): ConfiguredLogin[] {
  const of = `the entry of "${key}"`
  const identityToken = asText(entry.identitytoken, `identitytoken in ${of}`)
  if (identityToken !== undefined)
    return [{ key, login: { kind: 'identity-token', token: identityToken }, doubts: [] }]
  const registryToken = asText(entry.registrytoken, `registrytoken in ${of}`)
  if (registryToken !== undefined)
    return [{ key, login: { kind: 'registry-token', token: registryToken }, doubts: [] }]
  const auth = asText(entry.auth, `auth in ${of}`)
  const username = asText(entry.username, `username in ${of}`)
  const password = asText(entry.password, `password in ${of}`)
  if (auth === undefined && username === undefined) return []
  const pair = auth === undefined ? { username: username ?? '', password: password ?? '' } : decode(auth, of)
  return [{ key, login: { kind: 'password', ...pair }, doubts: doubtsAbout(key, pair) }]
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

function decode(auth: string, of: string): { username: string; password: string } {
  const written = auth.trim()
  if (!BASE64.test(written)) throw invalid(`auth in ${of} is not base64 of USER:PASSWORD`)
  const text = Buffer.from(written, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 1) throw invalid(`auth in ${of} is not base64 of USER:PASSWORD: there is no colon in it`)
  // Docker pads with zero bytes, and takes them away.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
}

function doubtsAbout(key: string, pair: { username: string; password: string }): string[] {
  const doubts: string[] = []
  if (/[\r\n]/.test(pair.username + pair.password)) {
    doubts.push(
      `the password for "${key}" has a line break in it: encode it with printf 'USER:PASSWORD' | base64 -w0, not with echo`,
    )
  }
  if (pair.username.includes('\\\\')) {
    doubts.push(`the user for "${key}" has two backslashes in a row: before encoding write one, DOMAIN\\user`)
  }
  return doubts
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw invalid(`${what} is not an object`)
}

function asText(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw invalid(`${what} is not a string`)
}

function invalid(message: string): CredentialSourceError {
  return new CredentialSourceError('CREDENTIAL_SOURCE_INVALID', message)
}
