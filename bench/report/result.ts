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
export function writeResult(result: Result): Promise<string> {
  return writeReport(result.name, result.startedAt, [
    `${result.machine}. Every figure is the median of ${result.rounds} interleaved rounds.`,
    '',
    ...result.asks.map((line) => `- ${line}`),
    '',
    result.table,
  ])
}

/** As writeResult, of lines that say themselves how they came about. */
export async function writeReport(name: string, startedAt: Date, lines: readonly string[]): Promise<string> {
  const date = startedAt.toISOString().slice(0, 10)
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, `${date}-${name}.md`)
  await writeFile(path, [`# Benchmark of ${date}: ${name}`, '', ...lines, ''].join('\n'))
  return path
}
