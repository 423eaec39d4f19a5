import type { PlannedJob } from '../plan/planned-job.ts'
import { waitsFor } from '../plan/waits-for.ts'
import { isAllowed, isTriedAgain, type JobOutcome } from './job-outcome.ts'
import { isSettled, type JobStatus } from './job-status.ts'
import {
  mayStart,
  needsPrecedence,
  type Precedence,
  type Predecessor,
  stagePrecedence,
} from './precedence.ts'

/** What scheduling asks of a planned job. */
export type ScheduledJob = Pick<
  PlannedJob,
  'name' | 'stageIndex' | 'when' | 'startInMs' | 'allowFailure' | 'needs' | 'resourceGroup'
> & { readonly config: Pick<PlannedJob['config'], 'retry'> }

export interface ScheduleOptions {
  /** Manual jobs that somebody has already said yes to, by name. */
  readonly played: ReadonlySet<string>
  readonly skipDelays: boolean
}

/** Where every job of a pipeline is. Never changed: what happens makes a new one. */
export interface ScheduleState {
  readonly jobs: ReadonlyMap<string, JobState>
  /** Then nothing is handed out any more. */
  readonly isCanceled: boolean
}

export interface JobState {
  readonly status: JobStatus
  /** How often it was handed out. */
  readonly tries: number
  /** With `delayed`: wall time. */
  readonly startAt: number | undefined
}

export type ScheduleEvent =
  /** The beginning, or that time has passed. */
  | { readonly kind: 'time' }
  | { readonly kind: 'ended'; readonly job: string; readonly outcome: JobOutcome }
  /** Nothing more is started. What runs is still awaited. */
  | { readonly kind: 'canceled' }

export interface ScheduleStep {
  readonly state: ScheduleState
  /** To be run now: each counts as running from here on, and ends with one `ended`. */
  readonly start: readonly string[]
  /** When a `time` is wanted at the latest, for delayed jobs. */
  readonly wakeAt: number | undefined
}

export function beginSchedule(jobs: readonly ScheduledJob[]): ScheduleState {
  const begun: JobState = { status: 'created', tries: 0, startAt: undefined }
  return { jobs: new Map(jobs.map(({ name }) => [name, begun])), isCanceled: false }
}

/**
 * What becomes of a pipeline when something happens. A job is handed out the moment that what it waits for is
 * settled, whatever else of its stage or of others is still running.
 * @param jobs in the order of the pipeline: of those that wait for one resource the first gets it
 */
export function advance(
  jobs: readonly ScheduledJob[],
  state: ScheduleState,
  event: ScheduleEvent,
  options: ScheduleOptions,
  nowAt: number,
): ScheduleStep {
  const next = new Map(state.jobs)
  const isCanceled = state.isCanceled || event.kind === 'canceled'
  apply(jobs, next, event, isCanceled)
  const start: string[] = []
  // One that is skipped, or ready, may settle what others wait for.
  while (settleOnce(jobs, next, options, nowAt));
  for (const job of jobs) {
    const known = next.get(job.name)
    if (known?.status !== 'waiting' || isHeld(job, jobs, next)) continue
    next.set(job.name, { ...known, status: 'running', tries: known.tries + 1 })
    start.push(job.name)
  }
  const times = [...next.values()].flatMap(({ status, startAt }) =>
    status === 'delayed' ? (startAt ?? []) : [],
  )
  return {
    state: { jobs: next, isCanceled },
    start,
    wakeAt: times.length === 0 ? undefined : Math.min(...times),
  }
}

function apply(
  jobs: readonly ScheduledJob[],
  states: Map<string, JobState>,
  event: ScheduleEvent,
  isCanceled: boolean,
): void {
  if (event.kind === 'canceled') {
    for (const [name, state] of states) {
      const isOpen = !isSettled(state.status) && state.status !== 'running'
      if (isOpen) states.set(name, { ...state, status: 'canceled' })
    }
  }
  if (event.kind !== 'ended') return
  const job = jobs.find(({ name }) => name === event.job)
  const state = states.get(event.job)
  if (job === undefined || state?.status !== 'running') return
  states.set(job.name, { ...state, status: afterTry(job, state, event.outcome, isCanceled) })
}

function afterTry(
  { config, allowFailure }: ScheduledJob,
  state: JobState,
  outcome: JobOutcome,
  isCanceled: boolean,
): JobStatus {
  if (outcome.status !== 'failed') return outcome.status
  if (!isCanceled && isTriedAgain(config.retry, outcome, state.tries)) return 'waiting'
  return isAllowed(allowFailure, outcome) ? 'warning' : 'failed'
}

/** @returns whether anything changed */
function settleOnce(
  jobs: readonly ScheduledJob[],
  states: Map<string, JobState>,
  options: ScheduleOptions,
  nowAt: number,
): boolean {
  let hasChanged = false
  for (const job of jobs) {
    const state = states.get(job.name)
    if (state === undefined) continue
    const next = nextState(job, state, () => precedenceOf(job, jobs, states), options, nowAt)
    if (next.status === state.status) continue
    states.set(job.name, next)
    hasChanged = true
  }
  return hasChanged
}

function nextState(
  job: ScheduledJob,
  state: JobState,
  precedence: () => Precedence,
  { played, skipDelays }: ScheduleOptions,
  nowAt: number,
): JobState {
  if (state.status === 'delayed')
    return (state.startAt ?? 0) <= nowAt ? { ...state, status: 'waiting' } : state
  if (state.status !== 'created') return state
  const before = precedence()
  if (before === 'open') return state
  if (!mayStart(job.when, before, { hasNeeds: job.needs !== undefined }))
    return { ...state, status: 'skipped' }
  if (job.when === 'manual' && !played.has(job.name)) return { ...state, status: 'manual' }
  const delayMs = job.when === 'delayed' && !skipDelays ? (job.startInMs ?? 0) : 0
  return delayMs > 0
    ? { ...state, status: 'delayed', startAt: nowAt + delayMs }
    : { ...state, status: 'waiting' }
}

function precedenceOf(
  job: ScheduledJob,
  jobs: readonly ScheduledJob[],
  states: ReadonlyMap<string, JobState>,
): Precedence {
  const before = jobs.filter((other) => waitsFor(job, other))
  const predecessors = before.map(
    ({ name, allowFailure }): Predecessor => ({
      status: states.get(name)?.status ?? 'skipped',
      isOptional: allowFailure === true,
    }),
  )
  return job.needs === undefined ? stagePrecedence(predecessors) : needsPrecedence(job.when, predecessors)
}

function isHeld(
  { resourceGroup }: ScheduledJob,
  jobs: readonly ScheduledJob[],
  states: ReadonlyMap<string, JobState>,
): boolean {
  if (resourceGroup === undefined) return false
  return jobs.some(
    (other) => other.resourceGroup === resourceGroup && states.get(other.name)?.status === 'running',
  )
}
