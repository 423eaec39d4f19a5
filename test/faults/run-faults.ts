import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { missingComponents } from '../support/real/component.ts'
import { ALL_SCENARIOS } from './all-scenarios.ts'
import { type FaultRow, faultPage } from './fault-table.ts'
import type { Scenario } from './scenario.ts'
import { play } from './stage.ts'
import type { Target } from './target.ts'
import { dockerRegistry } from './targets/docker-registry.ts'
import { entrepot } from './targets/entrepot.ts'

/** `npm run faults`: every scenario against every target, and docs/faults.md of what they did. */
const TARGETS: readonly Target[] = [entrepot, dockerRegistry]
const PAGE = join(import.meta.dirname, '../../docs/faults.md')
const SCENARIO_TIMEOUT_MS = 180_000

async function main(): Promise<number> {
  const needs = [...TARGETS, ...ALL_SCENARIOS].flatMap((each) => each.needs ?? [])
  const missing = missingComponents(needs)
  if (missing !== undefined) {
    process.stderr.write(`faults: not every row can be played here: ${missing}\n`)
    return 2
  }
  const versions = new Map<Target['name'], string>()
  for (const target of TARGETS) versions.set(target.name, await target.version())
  const rows: FaultRow[] = []
  let isAsAsked = true
  for (const scenario of ALL_SCENARIOS) {
    const cells = new Map<Target['name'], string>()
    for (const target of TARGETS) {
      const { holds, cell } = await cellOf(scenario, target)
      cells.set(target.name, cell)
      process.stderr.write(`d${scenario.row} ${target.name}: ${cell}\n`)
      if (target === entrepot && !holds) isAsAsked = false
    }
    rows.push({ row: scenario.row, fault: scenario.fault, cells })
  }
  const date = new Date().toISOString().slice(0, 10)
  await writeFile(PAGE, faultPage({ rows, versions, date, node: process.versions.node }))
  return isAsAsked ? 0 : 1
}

async function cellOf(scenario: Scenario, target: Target): Promise<{ holds: boolean; cell: string }> {
  const reason = scenario.cannot?.[target.name]
  if (reason !== undefined) return { holds: true, cell: `not played: ${reason}` }
  const { holds, did } = await withDeadline(play(scenario, target))
  return { holds, cell: holds ? did : `**no**: ${did}` }
}

/** A target that gets stuck must not take the page with it. */
async function withDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the scenario did not end in time')), SCENARIO_TIMEOUT_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

process.exitCode = await main()
