import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { RunState } from '../../pipeline/run/run-state.ts'
import { createLogger } from '../../server/logger.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_UNUSABLE } from '../context.ts'
import { chooseJobs } from './choose-jobs.ts'
import { Interruption } from './interruption.ts'
import { isUnusable } from './is-unusable.ts'
import { pipelineNotes } from './pipeline-notes.ts'
import { type PlannedProject, planProject } from './plan-project.ts'
import type { ProjectRunFlags } from './project-run-flags.ts'
import { readRunner } from './read-order.ts'
import { runJobs } from './run-jobs.ts'
import { coveragePatterns } from './view/find-coverage.ts'
import { openView } from './view/open-view.ts'

/**
 * Runs the pipeline of a project, or those of its jobs that are named.
 * @returns the exit code
 */
export async function runProject(
  names: readonly string[],
  flags: ProjectRunFlags,
  context: CliContext,
): Promise<number> {
  const runner = await readRunner(flags, context)
  let state: RunState | undefined
  try {
    const project = await planProject(flags, new Set(names), context, async ({ directory }) => {
      state = await RunState.open(directory)
      return { id: state.id, createdAt: context.clock.now() }
    })
    const chosen = chooseJobs(names, flags, project)
    if (state === undefined) throw new Error('a project was planned without its number')
    return await runChosen({ project, chosen, runner, state }, flags, context)
  } catch (error) {
    // What was refused leaves nothing behind.
    await state?.discardEmpty()
    throw error
  } finally {
    await state?.close()
  }
}

interface ProjectRun {
  readonly project: PlannedProject
  readonly chosen: ReturnType<typeof chooseJobs>
  readonly runner: RunnerSettings
  readonly state: RunState
}

async function runChosen(run: ProjectRun, flags: ProjectRunFlags, context: CliContext): Promise<number> {
  const { project, chosen } = run
  const view = await openView(flags, context, coveragePatterns(chosen.jobs))
  const say = { write: (text: string) => view.say(text) }
  const quiet: CliContext = { ...context, stderr: say }
  using interruption = new Interruption(quiet)
  try {
    for (const note of [...pipelineNotes(project), ...chosen.notes]) view.say(`entrepot: ${note}\n`)
    if (chosen.jobs.length === 0) view.say(`entrepot: there is no pipeline: ${project.plan.reason.summary}\n`)
    const log = createLogger({ level: 'warn', format: 'pretty', colour: false, destination: say })
    const status = await runJobs({ ...run, flags, view, interruption, context: quiet, log })
    if (interruption.exitCode !== undefined) return interruption.exitCode
    return status === 'failed' || status === 'canceled' ? EXIT_FAILED : EXIT_OK
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode
    if (!isUnusable(error)) throw error
    view.say(`entrepot: ${error.message}\n`)
    return EXIT_UNUSABLE
  } finally {
    await view.close()
  }
}
