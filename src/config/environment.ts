import { didYouMean } from '../suggest.ts'
import { type FoundMistake, mistakeAt, type SettingsLayer } from './check.ts'
import { UPSTREAM_SCALARS } from './schema.ts'
import type { SettingsPath } from './settings-tree.ts'

/**
 * The scalars that variables set, beside `ENTREPOT_CONFIG` and, per upstream, `ENTREPOT_UPSTREAM_<NAME>_<KEY>`:
 * the upstream's name in upper case with `_` for dots, dashes and colons, and a key of UPSTREAM_SCALARS (or
 * PASSWORD) in upper case with `_` between words. An empty variable counts as not set.
 */
export const VARIABLES: ReadonlyMap<string, SettingsPath> = new Map([
  ['ENTREPOT_LISTEN', ['listen']],
  ['ENTREPOT_EXTERNAL_URL', ['externalUrl']],
  ['ENTREPOT_TLS_CERT_FILE', ['tls', 'certFile']],
  ['ENTREPOT_TLS_KEY_FILE', ['tls', 'keyFile']],
  ['ENTREPOT_STORAGE_PATH', ['storage', 'path']],
  ['ENTREPOT_STORAGE_MAX_SIZE', ['storage', 'maxSize']],
  ['ENTREPOT_STORAGE_MIN_FREE', ['storage', 'minFree']],
  ['ENTREPOT_STORAGE_MAX_AGE', ['storage', 'maxAge']],
  ['ENTREPOT_STORAGE_SCRUB_RATE', ['storage', 'scrubRate']],
  ['ENTREPOT_JOBS_LISTEN', ['jobs', 'listen']],
  ['ENTREPOT_METRICS_LISTEN', ['metrics', 'listen']],
  ['ENTREPOT_LOG_LEVEL', ['log', 'level']],
  ['ENTREPOT_LOG_FORMAT', ['log', 'format']],
])

const PREFIX = 'ENTREPOT_'

/** For commands that use a server; they are no settings of one. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'ENTREPOT_CONFIG',
  'ENTREPOT_URL',
  'ENTREPOT_TOKEN',
  'ENTREPOT_GROUP',
  'ENTREPOT_ENGINE_ADDRESS',
  'ENTREPOT_JOB_ADDRESS',
])

export interface EnvironmentSettings {
  readonly layer: SettingsLayer
  /** By upstream name. Apart from the layer: the file has no key for a password. */
  readonly passwords: ReadonlyMap<string, string>
  readonly mistakes: readonly FoundMistake[]
  readonly warnings: readonly string[]
}

/** @param upstreamNames the upstreams that exist without the environment: it adds to them, and makes none */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  upstreamNames: Iterable<string>,
): EnvironmentSettings {
  const targets = targetsOf(upstreamNames)
  const names = new Map<string, string>()
  const tree: Record<string, unknown> = {}
  const passwords = new Map<string, string>()
  const mistakes: FoundMistake[] = []
  const warnings: string[] = []
  const layer: SettingsLayer = {
    source: 'environment',
    tree,
    nameOf: (path) => names.get(path.join('\0')) ?? path.join('.'),
  }
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || !value || OTHER_VARIABLES.has(variable)) continue
    const [path, other] = targets.get(variable) ?? []
    if (path === undefined) {
      warnings.push(`unknown variable ${variable} is ignored${didYouMean(variable, targets.keys())}`)
      continue
    }
    names.set(path.join('\0'), variable)
    if (other !== undefined) {
      const [first, second] = [path[1], other[1]]
      mistakes.push(mistakeAt(layer, path, `could mean upstream ${first} or ${second}; use the file instead`))
    } else if (path.at(-1) === 'password') {
      passwords.set(String(path[1]), value)
    } else {
      setAt(tree, path, value)
    }
  }
  return { layer, passwords, mistakes, warnings }
}

export function upstreamVariable(name: string, key: string): string {
  const inUpperCase = name.replace(/[^a-zA-Z0-9]/g, '_').toUpperCase()
  return `${PREFIX}UPSTREAM_${inUpperCase}_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** Every variable with what it sets; two paths where two upstreams' names look alike as variables. */
function targetsOf(upstreamNames: Iterable<string>): ReadonlyMap<string, readonly SettingsPath[]> {
  const targets = new Map<string, readonly SettingsPath[]>()
  for (const [variable, path] of VARIABLES) targets.set(variable, [path])
  for (const name of upstreamNames) {
    for (const key of [...UPSTREAM_SCALARS, 'password']) {
      const variable = upstreamVariable(name, key)
      targets.set(variable, [...(targets.get(variable) ?? []), ['upstreams', name, key]])
    }
  }
  return targets
}

function setAt(tree: Record<string, unknown>, path: SettingsPath, value: string): void {
  const [key, ...rest] = path.map(String)
  if (key === undefined) return
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const child = (tree[key] ?? {}) as Record<string, unknown>
  tree[key] = child
  setAt(child, rest, value)
}
