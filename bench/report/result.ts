import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const RESULTS = join(import.meta.dirname, '../results')

export interface Result {
  /** A question's name, or `all`. */
  readonly name: string
  readonly startedAt: Date
  readonly machine: string
  readonly rounds: number
  readonly asks: readonly string[]
  readonly table: string
}

/** Writes bench/results/<date>-<name>.md and resolves with its path; a second run of the day replaces it. */
export async function writeResult(result: Result): Promise<string> {
  const date = result.startedAt.toISOString().slice(0, 10)
  const text = [
    `# Benchmark of ${date}: ${result.name}`,
    '',
    `${result.machine}. Every figure is the median of ${result.rounds} interleaved rounds.`,
    '',
    ...result.asks.map((line) => `- ${line}`),
    '',
    result.table,
    '',
  ].join('\n')
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, `${date}-${result.name}.md`)
  await writeFile(path, text)
  return path
}
