import { ENGINE, IMAGES, missingComponents } from '../../test/support/real/component.ts'
import { missingCiLocal } from '../executor/ci-local.ts'
import { median } from '../measure/median.ts'
import { interleave } from '../measure/rounds.ts'
import { type NeedsTimes, openRunPlace, type RunPlace } from '../pipeline/trivial-run.ts'
import type { BenchContext, Question, Row } from '../question.ts'
import { count, ratio, spread } from '../report/figures.ts'
import { atMost, verdict } from './rows.ts'

const NEEDS_LIMIT_MS = 200
const TRIVIAL = 'a run of one job that does nothing'
const NEEDS = 'a job starts after its need'

export const pipelineRun: Question = {
  name: 'pipeline-run',
  needs: [],
  asks:
    'pipeline-run: a project of one job that does nothing, from the start of the process to its end, beside gitlab-ci-local: ' +
    'the first time (no image, and of Entrepot no cache), and again. And how long after its need a job is started, ' +
    'while another job of the stage before is still running.',
  run: runPipelineRun,
}

const CI_LOCAL = 'gitlab-ci-local'
const SUBJECTS = [`${CI_LOCAL}, first`, 'Entrepot, first', `${CI_LOCAL}, again`, 'Entrepot, again'] as const
type Subject = (typeof SUBJECTS)[number]

async function runPipelineRun({ rounds }: BenchContext): Promise<Row[]> {
  const missing = missingComponents([...ENGINE, ...IMAGES])
  if (missing !== undefined) return [row(TRIVIAL, 'all', { measured: `skipped: ${missing}` })]
  await using place = await openRunPlace()
  return [...(await askTrivial(place, rounds)), ...(await askNeeds(place, rounds))]
}

async function askTrivial(place: RunPlace, rounds: number): Promise<Row[]> {
  const { ciLocal, runTrivial, forget } = place
  const subjects = SUBJECTS.filter((subject) => ciLocal !== undefined || !subject.startsWith(CI_LOCAL))
  const times = await interleave(subjects, rounds, async (subject) => {
    const run = subject.startsWith(CI_LOCAL) ? ciLocal : runTrivial
    if (subject.endsWith('first')) await forget()
    // Whoever is asked again has been asked before.
    else await run?.()
    const startedAt = performance.now()
    await run?.()
    return performance.now() - startedAt
  })
  const rows = [...times].map(([subject, values]) => {
    const peer = times.get(subject.replace('Entrepot', CI_LOCAL) as Subject)
    const compared = median(values.map((value, round) => value / (peer?.[round] ?? Number.NaN)))
    const isOurs = subject.startsWith('Entrepot') && peer !== undefined
    return row(TRIVIAL, subject, {
      measured: `${count(median(values))} ms`,
      spread: spread(values, count),
      ...(isOurs && {
        compared: `${ratio(compared)} ${CI_LOCAL}`,
        toReach: `<= 1.00x ${CI_LOCAL}`,
        verdict: verdict(atMost(compared, 1)),
      }),
    })
  })
  if (ciLocal !== undefined) return rows
  return [...rows, row(TRIVIAL, CI_LOCAL, { measured: `skipped: ${missingCiLocal()}` })]
}

const FROM: Readonly<Record<keyof NeedsTimes, string>> = {
  fromEndMs: 'Entrepot, from the end of the need',
  fromLastLineMs: "Entrepot, from the last line of its need's script",
}

async function askNeeds(place: RunPlace, rounds: number): Promise<Row[]> {
  const times: NeedsTimes[] = []
  for (let round = 0; round < rounds; round++) times.push(await place.runNeeds())
  return (Object.keys(FROM) as (keyof NeedsTimes)[]).map((from) => {
    const values = times.map((time) => time[from])
    return row(NEEDS, FROM[from], {
      measured: `${count(median(values))} ms`,
      spread: spread(values, count),
      // After its script an engine still takes a container down, which is not ours to hurry.
      ...(from === 'fromEndMs' && {
        toReach: `<= ${NEEDS_LIMIT_MS} ms`,
        verdict: verdict(atMost(median(values), NEEDS_LIMIT_MS)),
      }),
    })
  })
}

function row(question: string, subject: string, figures: Partial<Row> & { readonly measured: string }): Row {
  return { question, subject, spread: '', compared: '', toReach: '', verdict: '', ...figures }
}
