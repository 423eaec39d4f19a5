import { ENGINE, IMAGES, missingComponents } from '../../test/support/real/component.ts'
import { missingCiLocal } from '../executor/ci-local.ts'
import { type JobPlace, openJobPlace } from '../executor/job-place.ts'
import { median } from '../measure/median.ts'
import { interleave } from '../measure/rounds.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, spread } from '../report/figures.ts'
import { atMost, verdict } from './rows.ts'

const LIMIT_MS = 150
const JOBS_PER_ROUND = 5
const QUESTION = 'one job that does nothing'

export const executor: Question = {
  name: 'executor',
  needs: [],
  asks:
    `executor: a job of one command that does nothing, in busybox, its image being there (${JOBS_PER_ROUND} a round, ` +
    'the middle one counts), beside the calls of the engine that it cannot do without, beside docker run, and beside gitlab-ci-local.',
  run: runExecutor,
}

const CALLS = 'network, container, start, wait, remove'
const CI_LOCAL = 'gitlab-ci-local'
const SUBJECTS = [CALLS, 'docker run --rm', CI_LOCAL, 'Entrepot'] as const
type Subject = (typeof SUBJECTS)[number]

async function runExecutor({ rounds }: BenchContext): Promise<Row[]> {
  const missing = missingComponents([...ENGINE, ...IMAGES])
  if (missing !== undefined) return [row('all', { measured: `skipped: ${missing}` })]
  await using place = await openJobPlace()
  const isHere = place.ciLocal !== undefined
  const subjects = SUBJECTS.filter((subject) => isHere || subject !== CI_LOCAL)
  const times = await interleave(subjects, rounds, (subject) => middleOf(place, subject))
  const calls = times.get(CALLS) ?? []
  const rows = [...times].map(([subject, values]) => {
    const figures = { measured: `${count(median(values))} ms`, spread: spread(values, count) }
    if (subject !== 'Entrepot') return row(subject, figures)
    const added = median(values.map((value, round) => value - (calls[round] ?? Number.NaN)))
    return row(subject, {
      ...figures,
      compared: `${count(added)} ms more than the calls`,
      toReach: `<= ${LIMIT_MS} ms more`,
      verdict: verdict(atMost(added, LIMIT_MS)),
    })
  })
  return isHere ? rows : [...rows, row(CI_LOCAL, { measured: `skipped: ${missingCiLocal()}` })]
}

function row(subject: string, figures: Partial<Row> & { readonly measured: string }): Row {
  return { question: QUESTION, subject, spread: '', compared: '', toReach: '', verdict: '', ...figures }
}

async function middleOf(place: JobPlace, subject: Subject): Promise<number> {
  const runs: Readonly<Record<Subject, JobPlace['ciLocal']>> = {
    [CALLS]: place.callEngine,
    'docker run --rm': place.dockerRun,
    [CI_LOCAL]: place.ciLocal,
    Entrepot: place.runJob,
  }
  const times: number[] = []
  for (let job = 0; job < JOBS_PER_ROUND; job++) {
    const startedAt = performance.now()
    await runs[subject]?.()
    times.push(performance.now() - startedAt)
  }
  return median(times)
}
