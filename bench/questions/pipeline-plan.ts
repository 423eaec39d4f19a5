import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../../build/bundle.ts'
import { context } from '../../test/pipeline/support/context.ts'
import { Cleanups } from '../../test/support/real/cleanups.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'
import { Forked } from '../load/forked.ts'
import { LoadFailed } from '../load/load-failed.ts'
import { median } from '../measure/median.ts'
import { interleave } from '../measure/rounds.ts'
import type { PlanOrder, PlanReport } from '../pipeline/plan-process.ts'
import { JOBS, TEXTS, TRACKED } from '../pipeline/two-hundred-jobs.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { milliseconds, spread } from '../report/figures.ts'
import { atMost, verdict } from './rows.ts'

const LIMIT_MS = 100
/** A process that does a thing once is at the mercy of the moment: many of them tell what it takes. */
const PROCESSES_A_ROUND = 7
/** Enough for the engine to have compiled what it compiles. */
const TIMES = 30
const QUESTION = `read and plan ${JOBS} jobs`

export const pipelinePlan: Question = {
  name: 'pipeline-plan',
  needs: [],
  asks:
    `pipeline-plan: reading a pipeline of ${JOBS} jobs, in 32 files with extends, references, rules, needs and a matrix, ` +
    'and planning it as the program that is built does it: in a process that does it for the first time, and in one that has done it 20 times; ' +
    `${PROCESSES_A_ROUND} processes of each a round.`,
  run: runPipelinePlan,
}

const SUBJECTS = ['the first time', 'later'] as const
type Subject = (typeof SUBJECTS)[number]

async function runPipelinePlan({ rounds }: BenchContext): Promise<Row[]> {
  await using cleanups = new Cleanups()
  const folder = await scratchDir('plan', cleanups)
  // Built as the program is: a loader that compiles along the way would be measured with it.
  await bundle({ entryPoints: { 'bench/plan': 'bench/pipeline/plan-process.ts' }, folder })
  const module = pathToFileURL(join(folder, 'bench/plan.js'))
  const times = await interleave(SUBJECTS, rounds * PROCESSES_A_ROUND, (subject) => measure(module, subject))
  return [...times].map(([subject, values]) => ({
    question: QUESTION,
    subject,
    measured: `${milliseconds(median(values))} ms`,
    spread: spread(values, milliseconds),
    compared: '',
    toReach: `<= ${LIMIT_MS} ms`,
    verdict: verdict(atMost(median(values), LIMIT_MS)),
  }))
}

async function measure(module: URL, subject: Subject): Promise<number> {
  await using child = await Forked.start<PlanOrder, PlanReport>(module, [])
  const { files: _, ...facts } = context()
  const times = subject === 'later' ? TIMES : 1
  const { jobs, tookMs } = await child.ask({ texts: TEXTS, tracked: TRACKED, context: facts, times })
  if (jobs !== JOBS) throw new LoadFailed(`the file makes ${jobs} jobs, not ${JOBS}`)
  return median(tookMs.slice(-10))
}
