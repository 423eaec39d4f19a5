import { SUPPORTED_EXECUTOR } from '../../../executor/config/complete-runner.ts'
import { isTable, type TomlTable } from '../../../executor/config/parse-toml.ts'
import { fillFrom } from '../../../executor/config/read-template.ts'
import { RunnerRefused } from '../runner-refused.ts'
import { type GivenFlags, type GivenValue, longName } from './given-flags.ts'
import { REGISTER_FLAGS } from './register-flags.ts'

const CACHE_DIRECTORY = '/cache'

/** The keys that flags and variables say, and those of a template where they say nothing. */
export function draftRunner(given: GivenFlags, template: TomlTable): TomlTable {
  const table: TomlDraft = {}
  for (const flag of REGISTER_FLAGS.flatMap(({ flags }) => flags)) {
    const value = given.get(longName(flag))
    if (flag.key !== undefined && value !== undefined) put(table, flag.key, value)
  }
  return fillFrom(template, table)
}

/** What is known of a runner when its registration is done. */
export interface Registered {
  readonly name: string
  readonly url: string
  readonly id: number | undefined
  /** Secret. */
  readonly token: string
  readonly obtainedAt: number
  readonly expiresAt: number | undefined
  readonly image: string
}

/** The `[[runners]]` that is written, with its keys in GitLab Runner's order. */
export function completeTable(draft: TomlTable, registered: Registered): TomlTable {
  const { name, url, id, token, obtainedAt, expiresAt, image } = registered
  const { name: _n, url: _u, token: _t, executor: _e, docker, ...others } = draft
  return {
    name,
    url,
    ...(id !== undefined && { id }),
    token,
    token_obtained_at: toTheSecond(obtainedAt),
    ...(expiresAt !== undefined && { token_expires_at: toTheSecond(expiresAt) }),
    executor: SUPPORTED_EXECUTOR,
    ...others,
    docker: withCache({ ...(isTable(docker) ? docker : {}), image }),
  }
}

/** @throws RunnerRefused for an executor of GitLab Runner's that is not here */
export function demandSupported(executor: string): void {
  if (executor === SUPPORTED_EXECUTOR) return
  throw new RunnerRefused(
    `Invalid executor specified: ${executor} is not supported. Jobs run in containers of a Docker Engine: ` +
      `the executor is ${SUPPORTED_EXECUTOR}`,
  )
}

/** What jobs keep in /cache stays, unless the runner keeps nothing or has something else there. */
function withCache(docker: TomlTable): TomlTable {
  const volumes = Array.isArray(docker.volumes) ? docker.volumes : []
  const isThere = volumes.some((volume) => destinationOf(String(volume)) === CACHE_DIRECTORY)
  return isThere || docker.disable_cache === true
    ? docker
    : { ...docker, volumes: [...volumes, CACHE_DIRECTORY] }
}

/** `/cache`, `/srv/data:/cache`, `/srv/data:/cache:ro`. */
function destinationOf(volume: string): string | undefined {
  const [first, second] = volume.split(':')
  return second ?? first
}

function toTheSecond(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000)
}

interface TomlDraft {
  [key: string]: GivenValue | TomlDraft
}

function put(table: TomlDraft, [key = '', ...rest]: readonly string[], value: GivenValue): void {
  if (rest.length === 0) {
    table[key] = value
    return
  }
  const inner = table[key]
  const next: TomlDraft = isTable(inner) ? (inner as TomlDraft) : {}
  table[key] = next
  put(next, rest, value)
}
