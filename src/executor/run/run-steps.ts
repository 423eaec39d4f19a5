import type { StageRun } from '../executor.ts'
import { JobFailure } from '../failure.ts'
import { formatGoDuration, parseGoDuration } from '../job/go-duration.ts'
import {
  afterScript,
  type ScriptContext,
  type StatusInAfterScript,
  stepScript,
} from '../script/job-scripts.ts'
import { scriptStyle } from '../script/script-style.ts'
import { asFailure } from './as-failure.ts'
import type { JobPlace, JobRun } from './job-run.ts'
import { stopping } from './stopping.ts'
import { within } from './within.ts'

const AFTER_SCRIPT = 'after_script'
const AFTER_SCRIPT_TIMEOUT_MS = 5 * 60_000

/**
 * Runs the job's own scripts: its steps until one fails, then after_script, which also runs for steps that were
 * cancelled or took too long.
 * @param signal ends the job: after_script too
 * @returns why they failed
 */
export async function runSteps(
  run: JobRun,
  place: JobPlace,
  signal: AbortSignal,
): Promise<JobFailure | undefined> {
  const failure = await runMainSteps(run, place, signal)
  const commands = run.job.steps.find(({ name }) => name === AFTER_SCRIPT)?.script ?? []
  if (signal.aborted || commands.length === 0) return failure
  const afterFailure = await runAfterScript(run, place, signal, { commands, status: statusAfter(failure) })
  if (afterFailure === undefined) return failure
  if (signal.aborted) return failure ?? afterFailure
  if (place.variables.get('AFTER_SCRIPT_IGNORE_ERRORS') === 'false') return failure ?? afterFailure
  run.trace.warn(`after_script failed, but job will continue unaffected: ${afterFailure.message}`)
  return failure
}

async function runMainSteps(
  run: JobRun,
  place: JobPlace,
  signal: AbortSignal,
): Promise<JobFailure | undefined> {
  const { job, clock, cancel, settings, trace } = run
  const timeoutMs = durationIn(place, 'RUNNER_SCRIPT_TIMEOUT')
  const limits = {
    clock,
    timeoutMs,
    timeoutReason: () => tookTooLong('the script', timeoutMs ?? 0),
    signals: [signal, cancel],
  }
  try {
    await within(limits, async (stop) => {
      for (const step of job.steps) {
        if (step.name === AFTER_SCRIPT) continue
        const name = `step_${step.name}`
        const script = stepScript(
          { commands: step.script, before: settings.preBuildScript, after: settings.postBuildScript },
          contextOf(run, place),
        )
        await trace.section(name, `Executing "${name}" stage of the job script`, () =>
          runScript(run, place, { name, script, container: 'build' }, stop),
        )
      }
    })
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}

async function runAfterScript(
  run: JobRun,
  place: JobPlace,
  signal: AbortSignal,
  { commands, status }: { commands: readonly string[]; status: StatusInAfterScript },
): Promise<JobFailure | undefined> {
  const timeoutMs = durationIn(place, 'RUNNER_AFTER_SCRIPT_TIMEOUT') ?? AFTER_SCRIPT_TIMEOUT_MS
  const limits = {
    clock: run.clock,
    timeoutMs,
    timeoutReason: () => tookTooLong('after_script', timeoutMs),
    signals: [signal],
  }
  const script = afterScript(commands, status, contextOf(run, place))
  try {
    await run.trace.section(AFTER_SCRIPT, 'Running after_script', () =>
      within(limits, (stop) =>
        runScript(run, place, { name: AFTER_SCRIPT, script, container: 'build' }, stop),
      ),
    )
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}

/** @throws JobFailure for every exit code but 0 */
async function runScript(
  { trace, clock }: JobRun,
  { environment }: JobPlace,
  stage: StageRun,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const { exitCode, explanation } = await stopping(environment.run(stage, signal), signal, clock).catch(
    (error: unknown) => {
      throw asFailure(error, signal)
    },
  )
  if (exitCode === 0) return
  trace.flush()
  if (explanation !== undefined) trace.error(explanation)
  throw new JobFailure('script_failure', `exit code ${exitCode}`, { exitCode })
}

function contextOf({ job, settings }: JobRun, { prepared, variables }: JobPlace): ScriptContext {
  return {
    variables,
    projectDirectory: prepared.projectDirectory,
    style: scriptStyle(job, variables, settings),
  }
}

function durationIn({ variables }: JobPlace, name: string): number | undefined {
  return parseGoDuration(variables.get(name) ?? '')
}

function tookTooLong(what: string, timeoutMs: number): JobFailure {
  return new JobFailure('job_execution_timeout', `${what} took longer than ${formatGoDuration(timeoutMs)}`)
}

function statusAfter(failure: JobFailure | undefined): StatusInAfterScript {
  if (failure === undefined) return 'success'
  if (failure.code === 'job_execution_timeout') return 'timedout'
  return failure.code === 'job_canceled' || failure.code === 'runner_interrupted' ? 'canceled' : 'failed'
}
