import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeWith } from '../support/real/describe-with.ts'
import { ALL_SCENARIOS } from './all-scenarios.ts'
import { play } from './stage.ts'
import { entrepot } from './targets/entrepot.ts'

/** The rows of docs/failures.md. */
function rowsOfFailures(): number[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs/failures.md'), 'utf8')
  return [...text.matchAll(/^\| d(\d+) /gm)].map(([, row]) => Number(row))
}

describe('the fault suite', () => {
  test('has one scenario for each row of docs/failures.md', () => {
    expect(ALL_SCENARIOS.map(({ row }) => row)).toEqual(rowsOfFailures())
  })
})

/** Scenarios of one suite run side by side: most of their time is waiting. */
for (const needs of new Set(ALL_SCENARIOS.map((scenario) => scenario.needs))) {
  describeWith(needs ?? [], 'the program as it is built', () => {
    for (const scenario of ALL_SCENARIOS.filter((each) => each.needs === needs)) {
      test.concurrent(`d${scenario.row}: ${scenario.fault}`, async ({ expect }) => {
        const { holds, did } = await play(scenario, entrepot)
        expect(holds, did).toBe(true)
      })
    }
  })
}
