import { didYouMean } from '../../suggest.ts'
import type {
  AllowFailureConfig,
  EnvironmentConfig,
  ParallelConfig,
  RetryConfig,
} from '../config/job-config.ts'
import type { Field } from './field.ts'
import { readMatrix } from './read-needs.ts'

const RETRY_KEYWORDS = { read: ['max', 'when', 'exit_codes'] }
const PARALLEL_KEYWORDS = { read: ['matrix'] }
const ALLOW_FAILURE_KEYWORDS = { read: ['exit_codes'] }
const ENVIRONMENT_KEYWORDS = {
  read: ['name', 'url', 'action', 'deployment_tier', 'on_stop'],
  noted: ['auto_stop_in', 'kubernetes', 'deployment'],
}

const ENVIRONMENT_ACTIONS = ['start', 'prepare', 'stop', 'verify', 'access'] as const
const DEPLOYMENT_TIERS = ['production', 'staging', 'testing', 'development', 'other'] as const

/** Why a job may be tried again. */
const RETRY_REASONS = [
  ...(['always', 'unknown_failure', 'script_failure', 'api_failure', 'stuck_or_timeout_failure'] as const),
  ...(['runner_system_failure', 'runner_unsupported', 'stale_schedule', 'job_execution_timeout'] as const),
  ...(['archived_failure', 'unmet_prerequisites', 'scheduler_failure', 'data_integrity_failure'] as const),
  ...(['runner_provisioning_timeout', 'runner_configuration_error'] as const),
]

/** GitLab's limits. */
const MAX_RETRIES = 2
const MAX_PARALLEL = 200

export const NO_RETRY: RetryConfig = { max: 0, when: [], exitCodes: [] }

export function readRetry(field: Field): RetryConfig {
  if (!field.isMap) return { ...NO_RETRY, max: field.integer(0, MAX_RETRIES) ?? 0 }
  const map = field.map(RETRY_KEYWORDS)
  const when = map?.get('when')
  const reasons = when?.isList ? (when.items() ?? []) : when === undefined ? [] : [when]
  const exitCodes = map?.get('exit_codes')
  return {
    max: map?.get('max')?.integer(0, MAX_RETRIES) ?? 0,
    when: reasons.flatMap((reason) => readReason(reason) ?? []),
    exitCodes: exitCodes === undefined ? [] : readExitCodes(exitCodes),
  }
}

// GitLab takes every reason that it knows, and learns new ones; most cannot come about here.
function readReason(field: Field): string | undefined {
  const text = field.text()
  if (text === undefined) return undefined
  const isKnown = RETRY_REASONS.some((reason) => reason === text)
  if (isKnown || !/^[a-z_]+$/.test(text) || didYouMean(text, RETRY_REASONS) !== '') {
    return field.choice(RETRY_REASONS)
  }
  field.note(`${text} has no effect here: no job fails for it`)
  return text
}

export function readAllowFailure(field: Field): AllowFailureConfig | undefined {
  if (!field.isMap) return field.boolean()
  const exitCodes = field.map(ALLOW_FAILURE_KEYWORDS)?.get('exit_codes')
  if (exitCodes === undefined) return field.refuse('takes true, false, or exit_codes')
  return { exitCodes: readExitCodes(exitCodes) }
}

export function readParallel(field: Field): ParallelConfig | undefined {
  if (!field.isMap) {
    const count = field.integer(1, MAX_PARALLEL)
    return count === undefined ? undefined : { kind: 'count', count, at: field.at }
  }
  const matrix = field.map(PARALLEL_KEYWORDS)?.get('matrix')
  if (matrix === undefined) return field.refuse('takes a number, or a matrix')
  return { kind: 'matrix', entries: readMatrix(matrix), at: field.at }
}

export function readEnvironment(field: Field): EnvironmentConfig | undefined {
  if (!field.isMap) {
    const name = field.filledText()
    return name === undefined
      ? undefined
      : { name, url: undefined, action: 'start', tier: undefined, onStop: undefined }
  }
  const map = field.map(ENVIRONMENT_KEYWORDS)
  const name = map?.get('name')
  if (map === undefined || name === undefined) return field.refuse('has no name')
  return {
    name: name.filledText() ?? '',
    url: map.get('url')?.text(),
    action: map.get('action')?.choice(ENVIRONMENT_ACTIONS) ?? 'start',
    tier: map.get('deployment_tier')?.choice(DEPLOYMENT_TIERS),
    onStop: map.get('on_stop')?.text(),
  }
}

function readExitCodes(field: Field): readonly number[] {
  const items = field.isList ? (field.items() ?? []) : [field]
  return items.flatMap((item) => item.integer(0, 255) ?? [])
}
