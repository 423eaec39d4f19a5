import { didYouMean } from '../../suggest.ts'
import { FEATURE_FLAGS } from '../job/feature-flags.ts'
import { FIXED_FLAGS } from '../job/fixed-flags.ts'
import { SUPPORTED_EXECUTOR } from './complete-runner.ts'
import { placeOf } from './config-error.ts'
import { dockerSchema } from './docker-schema.ts'
import {
  IGNORED_DOCKER_KEYS,
  IGNORED_GLOBAL_KEYS,
  IGNORED_RUNNER_KEYS,
  QUIET_GLOBAL_KEYS,
  RENAMED_DOCKER_KEYS,
  SWITCHES,
} from './known-keys.ts'
import { fileSchema, runnerSchema } from './runner-schema.ts'
import type { TomlPath } from './toml-keys.ts'

/**
 * Sentences about keys that are left alone. A file that was written for GitLab Runner is used as it is, so none of
 * them is a mistake: what is known there is named once, what nobody knows is named with what may be meant.
 */
export function keyWarnings(
  tree: unknown,
  file: string,
  lineOf: (path: TomlPath) => number | undefined,
): readonly string[] {
  const ignored: string[] = []
  const unknown: string[] = []
  const foreign: string[] = []
  const look = (table: unknown, path: TomlPath, { known, quiet, unused, renamed = {} }: KnownKeys): void => {
    for (const key of keysOf(table)) {
      if (known.includes(key) || quiet.includes(key)) continue
      const place = placeOf(file, { line: lineOf([...path, key]), path: '' })
      if (unused.includes(key)) {
        if (isSet(key, valueAt(table, key))) ignored.push(key)
      } else {
        const ours = renamed[key]
        const hint = ours === undefined ? didYouMean(key, known) : ` (it is written ${ours} here)`
        unknown.push(`${place}unknown key ${key} is left alone${hint}`)
      }
    }
  }
  look(tree, [], GLOBAL_KEYS)
  for (const [index, runner] of listAt(tree, 'runners').entries()) {
    look(runner, ['runners', index], RUNNER_KEYS)
    const executor = valueAt(runner, 'executor')
    if (typeof executor === 'string' && executor !== '' && executor !== SUPPORTED_EXECUTOR) {
      const place = placeOf(file, { line: lineOf(['runners', index, 'executor']), path: '' })
      foreign.push(
        `${place}this runner takes no jobs here: its executor is ${executor}, and only docker is supported`,
      )
    }
    look(valueAt(runner, 'docker'), ['runners', index, 'docker'], DOCKER_KEYS)
    look(valueAt(runner, 'feature_flags'), ['runners', index, 'feature_flags'], FLAG_KEYS)
    look(valueAt(runner, 'custom_build_dir'), ['runners', index, 'custom_build_dir'], BUILD_DIR_KEYS)
    look(valueAt(runner, 'entrepot'), ['runners', index, 'entrepot'], OWN_KEYS)
  }
  const names = [...new Set(ignored)]
  const told = names.length === 0 ? [] : [`${file}: without effect here: ${names.join(', ')}`]
  return [...told, ...foreign, ...unknown]
}

interface KnownKeys {
  readonly known: readonly string[]
  readonly quiet: readonly string[]
  /** Told once, all together. */
  readonly unused: readonly string[]
  /** Those of others, and what they are called here. */
  readonly renamed?: Readonly<Record<string, string>>
}

const GLOBAL_KEYS: KnownKeys = {
  known: Object.keys(fileSchema.shape),
  quiet: QUIET_GLOBAL_KEYS,
  unused: IGNORED_GLOBAL_KEYS,
}
const RUNNER_KEYS: KnownKeys = {
  known: Object.keys(runnerSchema.shape),
  quiet: [],
  unused: IGNORED_RUNNER_KEYS,
}
const DOCKER_KEYS: KnownKeys = {
  known: Object.keys(dockerSchema.shape),
  quiet: [],
  unused: IGNORED_DOCKER_KEYS,
  renamed: RENAMED_DOCKER_KEYS,
}
/** Those without effect are told in the log of each job that they would change. */
const FLAG_KEYS: KnownKeys = {
  known: [...FEATURE_FLAGS, ...FIXED_FLAGS],
  quiet: [],
  unused: [],
}
const BUILD_DIR_KEYS: KnownKeys = {
  known: Object.keys(runnerSchema.shape.custom_build_dir.unwrap().shape),
  quiet: [],
  unused: [],
}
const OWN_KEYS: KnownKeys = {
  known: Object.keys(runnerSchema.shape.entrepot.unwrap().shape),
  quiet: [],
  unused: [],
}

/** A zero, an empty text and an empty table are how GitLab Runner writes that something is not set. */
function isSet(key: string, value: unknown): boolean {
  const deciding = SWITCHES[key]
  if (deciding !== undefined) return isSet('', valueAt(value, deciding))
  if (Array.isArray(value)) return value.length > 0
  if (typeof value !== 'object' || value === null) return Boolean(value)
  return value instanceof Date || Object.values(value).some((inner) => isSet('', inner))
}

function keysOf(table: unknown): string[] {
  return typeof table === 'object' && table !== null ? Object.keys(table) : []
}

function valueAt(table: unknown, key: string): unknown {
  return typeof table === 'object' && table !== null
    ? (table as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function listAt(table: unknown, key: string): readonly unknown[] {
  const value = valueAt(table, key)
  return Array.isArray(value) ? value : []
}
