import { describeMachine } from './measure/machine.ts'
import type { Question, Row } from './question.ts'
import { coldBlob } from './questions/cold-blob.ts'
import { coldBlobCapped } from './questions/cold-blob-capped.ts'
import { hotBlob } from './questions/hot-blob.ts'
import { hotManifest } from './questions/hot-manifest.ts'
import { slowReaders } from './questions/slow-readers.ts'
import { startToReady } from './questions/start-to-ready.ts'
import { writeResult } from './report/result.ts'
import { renderTable } from './report/table.ts'
import { startUpstream } from './upstream/upstream.ts'

const QUESTIONS: readonly Question[] = [
  hotManifest,
  hotBlob,
  coldBlob,
  coldBlobCapped,
  slowReaders,
  startToReady,
]
const ROUNDS = 3

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => QUESTIONS.every((question) => question.name !== name))
  if (unknown.length > 0) {
    const known = QUESTIONS.map((question) => question.name).join(', ')
    throw new Error(`no question ${unknown.join(', ')}; there are ${known}`)
  }
  const asked = QUESTIONS.filter(({ name }) => names.length === 0 || names.includes(name))
  const startedAt = new Date()
  const machine = await describeMachine()
  const rows = await askAll(asked)
  const table = renderTable(rows)
  const name = names.length === 0 ? 'all' : asked.map((question) => question.name).join('-')
  const asks = asked.map((question) => question.asks)
  const path = await writeResult({ name, startedAt, machine, rounds: ROUNDS, asks, table })
  console.log(table)
  console.error(`written to ${path}`)
}

async function askAll(questions: readonly Question[]): Promise<Row[]> {
  await using upstream = await startUpstream()
  const rows: Row[] = []
  for (const question of questions) {
    console.error(question.asks)
    rows.push(...(await question.run({ upstream, rounds: ROUNDS })))
  }
  return rows
}

await main(process.argv.slice(2))
