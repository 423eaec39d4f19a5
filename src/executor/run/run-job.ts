import { JobFailure } from '../failure.ts'
import { composeVariables } from '../job/compose-variables.ts'
import { formatGoDuration } from '../job/go-duration.ts'
import type { Job } from '../job/job.ts'
import { JobVariables } from '../job/job-variables.ts'
import { readRepository } from '../stages/sources/source-repository.ts'
import { asFailure } from './as-failure.ts'
import { closeEnvironment } from './close-environment.ts'
import { writeFinalLine } from './final-line.ts'
import type { JobResult } from './job-result.ts'
import type { JobPhase, JobPlace, JobRun, JobStage } from './job-run.ts'
import { phaseLimits } from './phase-limits.ts'
import { prepareJob } from './prepare-job.ts'
import { runSteps } from './run-steps.ts'
import { settingWarnings } from './setting-warnings.ts'
import { stopping } from './stopping.ts'
import { type Limits, within } from './within.ts'

/** How a job ends whose executor is asked for what it does not know: as GitLab Runner ends it. */
const UNSUPPORTED_EXIT_CODE = 3

/**
 * Runs a job from its first line to its last. Whatever happens is told in the log and in the result; nothing is
 * thrown, and nothing of the job is left when it is over.
 */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { job, trace, clock, abort } = run
  const given = new JobVariables([...run.settings.variables, ...job.variables])
  trace.hide([...given.maskedValues, ...secretsOf(job)])
  for (const warning of settingWarnings(given, run.settings)) trace.warn(warning)
  const limits = {
    clock,
    timeoutMs: job.timeoutMs,
    timeoutReason: () =>
      new JobFailure(
        'job_execution_timeout',
        `execution took longer than ${formatGoDuration(job.timeoutMs)} seconds`,
      ),
    signals: [abort],
  }
  const failure = await runPrepared(run, limits)
  trace.flush()
  const result: JobResult =
    failure === undefined
      ? { status: 'success' }
      : { status: 'failed', reason: failure.code, exitCode: failure.exitCode, message: failure.message }
  writeFinalLine(trace, result)
  return result
}

async function runPrepared(run: JobRun, limits: Limits): Promise<JobFailure | undefined> {
  const { job } = run
  let place: JobPlace | undefined
  try {
    if (job.unsupported.length > 0) {
      throw new JobFailure('runner_system_failure', job.unsupported.join('\n'), {
        exitCode: UNSUPPORTED_EXIT_CODE,
      })
    }
    return await within(limits, async (signal) => {
      try {
        place = await timed(run, 'prepare', () => prepareInTime(run, signal))
        return await runStages(run, place, signal)
      } catch (error) {
        throw asFailure(error, signal)
      }
    })
  } catch (error) {
    return asFailure(error)
  } finally {
    if (place !== undefined) await closeEnvironment(place.environment, run)
  }
}

function prepareInTime(run: JobRun, signal: AbortSignal): Promise<JobPlace> {
  const { clock, settings } = run
  const limits = phaseLimits({ clock, phase: 'prepare', timeoutMs: settings.prepareTimeoutMs, signal })
  return within(limits, (inTime) => prepare(run, inTime))
}

/** Until the steps begin there is nothing that after_script could clean up: cancelling ends the job. */
async function prepare(run: JobRun, signal: AbortSignal): Promise<JobPlace> {
  const { job, trace, executor, settings, slot, runnerSlot, cancel } = run
  const stop = AbortSignal.any([signal, cancel])
  const { environment, prepared } = await trace
    .section('prepare_executor', `Preparing the "${executor.name}" executor`, () => prepareJob(run, stop))
    .catch((error: unknown) => {
      throw asFailure(error, stop)
    })
  const variables = new JobVariables(
    composeVariables({
      job,
      runner: settings.variables,
      program: settings.program,
      featureFlags: settings.featureFlags,
      slot,
      runnerSlot,
      directories: {
        builds: prepared.buildsDirectory,
        project: prepared.projectDirectory,
        temporary: prepared.temporaryDirectory,
      },
      environment: prepared.variables,
    }),
  )
  trace.hide(variables.maskedValues)
  return { environment, prepared, variables }
}

async function runStages(run: JobRun, place: JobPlace, signal: AbortSignal): Promise<JobFailure | undefined> {
  const { trace, settings, stages, cancel } = run
  await trace.section('prepare_script', 'Preparing environment', async () => {
    trace.line(`Running on ${place.prepared.hostname} via ${settings.hostName}...`)
  })
  const stop = AbortSignal.any([signal, cancel])
  let failure: JobFailure | undefined
  await timed(run, 'before_steps', async () => {
    for (const stage of stages.beforeSteps) failure ??= await runInTime(run, place, stage, stop)
  })
  // Nothing has begun that would have left something to keep.
  if (failure?.code === 'job_execution_timeout') return failure
  failure ??= await timed(run, 'steps', () => runSteps(run, place, signal))
  if (stop.aborted) return failure
  await timed(run, 'after_steps', async () => {
    for (const stage of stages.afterSteps(failure === undefined ? 'success' : 'failed')) {
      const stageFailure = await runStage(run, place, stage, stop)
      failure ??= stageFailure
    }
  })
  return failure
}

async function timed<T>({ clock, onPhase }: JobRun, phase: JobPhase, act: () => Promise<T>): Promise<T> {
  const startedAt = clock.now()
  try {
    return await act()
  } finally {
    onPhase?.(phase, clock.now() - startedAt)
  }
}

function runInTime(
  run: JobRun,
  place: JobPlace,
  stage: JobStage,
  signal: AbortSignal,
): Promise<JobFailure | undefined> {
  const { clock, settings } = run
  const timeoutMs = stage.name === 'get_sources' ? settings.getSourcesTimeoutMs : undefined
  const phase = stage.name.replaceAll('_', ' ')
  return within(phaseLimits({ clock, phase, timeoutMs, signal }), (inTime) =>
    runStage(run, place, stage, inTime),
  )
}

async function runStage(
  { trace, clock }: JobRun,
  place: JobPlace,
  stage: JobStage,
  signal: AbortSignal,
): Promise<JobFailure | undefined> {
  if (signal.aborted) return asFailure(signal.reason, signal)
  try {
    await trace.section(stage.name, stage.title, () => stopping(stage.run(place, signal), signal, clock))
    return undefined
  } catch (error) {
    return asFailure(error, signal)
  }
}

/** The password in the repository's URL, as it stands there and as it is. */
function repositorySecrets(repoUrl: string): readonly string[] {
  if (!URL.canParse(repoUrl)) return []
  const password = readRepository(repoUrl).login?.password ?? ''
  return [new URL(repoUrl).password, password].filter((secret) => secret !== '')
}

/** What must not be read in the log, beside the values of variables. */
function secretsOf(job: Job): readonly string[] {
  return [
    job.token,
    ...repositorySecrets(job.git.repoUrl),
    ...job.credentials.map(({ password }) => password),
    ...job.dependencies.map(({ token }) => token),
  ]
}
