import { missingComponents } from '../test/support/real/component.ts'
import { missingPrograms } from './load/programs.ts'
import { describeMachine } from './measure/machine.ts'
import type { Question, Row } from './question.ts'
import { coldBlob } from './questions/cold-blob.ts'
import { coldBlobCapped } from './questions/cold-blob-capped.ts'
import { credentials } from './questions/credentials.ts'
import { executor } from './questions/executor.ts'
import { hotBlob } from './questions/hot-blob.ts'
import { hotManifest } from './questions/hot-manifest.ts'
import { pipelinePlan } from './questions/pipeline-plan.ts'
import { pipelineRun } from './questions/pipeline-run.ts'
import { replay } from './questions/replay.ts'
import { scale } from './questions/scale.ts'
import { slowReaders } from './questions/slow-readers.ts'
import { startToReady } from './questions/start-to-ready.ts'
import { writeResult } from './report/result.ts'
import { renderTable } from './report/table.ts'
import { startUpstream, type Upstream } from './upstream/upstream.ts'

const QUESTIONS: readonly Question[] = [
  hotManifest,
  hotBlob,
  coldBlob,
  coldBlobCapped,
  slowReaders,
  startToReady,
  replay,
  scale,
  credentials,
  executor,
  pipelinePlan,
  pipelineRun,
]
const ROUNDS = 3

/** Asks the named questions, or all, and prints one table; resolves with the exit code. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => QUESTIONS.every((question) => question.name !== name))
  if (unknown.length > 0) {
    const known = QUESTIONS.map((question) => question.name).join(', ')
    console.error(`no question is called ${unknown.join(', ')}; there are ${known}`)
    return 2
  }
  const missing = missingComponents(['docker-registry'])
  if (missing !== undefined) {
    console.error(`docker-registry is the upstream of every question: ${missing}`)
    return 2
  }
  const questions = QUESTIONS.filter(({ name }) => names.length === 0 || names.includes(name))
  const startedAt = new Date()
  const machine = await describeMachine()
  const table = renderTable(await askAll(questions))
  const name = names.length === 0 ? 'all' : questions.map((question) => question.name).join('-')
  const asks = questions.map((question) => question.asks)
  const path = await writeResult({ name, startedAt, machine, rounds: ROUNDS, asks, table })
  console.log(table)
  console.error(`written to ${path}`)
  return 0
}

async function askAll(questions: readonly Question[]): Promise<Row[]> {
  await using upstream = await startUpstream()
  const rows: Row[] = []
  for (const question of questions) {
    console.error(question.asks)
    const answered = await ask(question, upstream)
    for (const { subject, measured } of answered) console.error(`  ${subject}: ${measured}`)
    rows.push(...answered)
  }
  return rows
}

async function ask(question: Question, upstream: Upstream): Promise<Row[]> {
  const missing = missingPrograms(question.needs)
  if (missing === undefined) return await question.run({ upstream, rounds: ROUNDS })
  const measured = `skipped: ${missing}`
  const empty = { spread: '', compared: '', toReach: '', verdict: '' } as const
  return [{ question: question.name, subject: 'all', measured, ...empty }]
}

process.exitCode = await main(process.argv.slice(2))
