import type { TraceWriter } from '../../executor.ts'
import { JobFailure } from '../../failure.ts'
import type { Job } from '../../job/job.ts'
import type { JobPlace, JobStage } from '../../run/job-run.ts'
import { type StyleSettings, scriptStyle } from '../../script/script-style.ts'
import { chooseRepository } from './choose-repository.ts'
import { readSourceChoices, type SourceChoices } from './source-choices.ts'
import { clearWorktreeScript, sourcesScript } from './sources-script.ts'

/** What the runner's owner says about all sources. */
export interface SourcesSettings extends StyleSettings {
  readonly preGetSourcesScript: string | undefined
  readonly postGetSourcesScript: string | undefined
  /** Where the repositories of all jobs are, in the place of what the server says. */
  readonly cloneUrl: string | undefined
}

export interface SourcesOrder {
  readonly job: Job
  readonly trace: TraceWriter
  readonly settings: SourcesSettings
}

const NAME = 'get_sources'

/** Puts the files of the job's commit into its project directory, with the git of the helper's image. */
export function sourcesStage(order: SourcesOrder): JobStage {
  return {
    name: NAME,
    title: 'Getting source from Git repository',
    run: (place, signal) => getSources(order, place, signal),
  }
}

/** @throws JobFailure; the signal's reason */
async function getSources(order: SourcesOrder, place: JobPlace, signal: AbortSignal): Promise<void> {
  const { job, trace, settings } = order
  const choices = readSourceChoices(job, place.variables, settings.featureFlags)
  for (const warning of choices.warnings) trace.warn(warning)
  if (choices.strategy === 'none' || (choices.strategy !== 'empty' && job.git.repoUrl === '')) {
    trace.info('Skipping Git repository setup')
    trace.info('Skipping Git checkout')
    trace.info('Skipping Git submodules setup')
    return
  }
  await attempt(order, place, choices, signal)
}

async function attempt(
  order: SourcesOrder,
  { environment, prepared, variables }: JobPlace,
  choices: SourceChoices,
  signal: AbortSignal,
): Promise<void> {
  const { job, trace, settings } = order
  const { projectDirectory } = prepared
  const script = sourcesScript({
    git: job.git,
    repository: chooseRepository(job, variables, settings.cloneUrl),
    hooks: job.hooks,
    choices,
    variables,
    projectDirectory,
    before: settings.preGetSourcesScript,
    after: settings.postGetSourcesScript,
    style: scriptStyle(job, variables, settings),
  })
  const run = (name: string, text: string) =>
    environment.run({ name, container: 'helper', script: text }, signal)
  for (let tries = 1; ; tries++) {
    const { exitCode, explanation } = await run(NAME, script)
    if (exitCode === 0) return
    if (explanation !== undefined) trace.error(explanation)
    if (tries === choices.attempts)
      throw new JobFailure('script_failure', `exit code ${exitCode}`, { exitCode })
    trace.info(`Retrying ${NAME}`)
    trace.line('Deleting all tracked and untracked files due to source fetch failure')
    await run('clear_worktree', clearWorktreeScript(projectDirectory))
  }
}
