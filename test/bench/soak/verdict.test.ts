import { expect, test } from 'vitest'
import { measuresOfJobs, SERVER_AND_RUNNER } from '../../../bench/soak/measures.ts'
import type { Sample } from '../../../bench/soak/sample.ts'
import { judge } from '../../../bench/soak/verdict.ts'

const MIB = 1024 * 1024

const SAMPLE: Sample = {
  serverBytes: 100 * MIB,
  serverDescriptors: 40,
  serverLagSeconds: 0.005,
  catalogBytes: MIB,
  runnerBytes: 80 * MIB,
  runnerDescriptors: 30,
}

test('a table has every round and the slope of each measure', () => {
  const { table, isFlat } = judge([SAMPLE, { ...SAMPLE, serverBytes: 98 * MIB }, SAMPLE], SERVER_AND_RUNNER)
  expect(isFlat).toBe(true)
  expect(table).toContain(
    '| memory of the server | 100.0 MiB | 98.0 MiB | 100.0 MiB | +0.0 MiB | 32.0 MiB | flat |',
  )
  expect(table).toContain('| lag of its event loop, p99 | 5.0 ms |')
})

test.each([
  ['serverBytes', 20 * MIB],
  ['serverDescriptors', 10],
  ['serverLagSeconds', 0.03],
  ['catalogBytes', 3 * MIB],
  ['runnerBytes', 20 * MIB],
  ['runnerDescriptors', 10],
] as const)('%s that grows is told', (name, step) => {
  const samples = [0, 1, 2].map((round) => ({ ...SAMPLE, [name]: SAMPLE[name] + round * step }))
  const { table, isFlat } = judge(samples, SERVER_AND_RUNNER)
  expect(isFlat).toBe(false)
  expect(table.match(/\*\*grows\*\*/g)).toHaveLength(1)
})

test('the heap of a server may grow by what it remembers of jobs, and not by more', () => {
  const judged = (bytesPerJob: number) =>
    judge(
      [0, 100, 200].map((jobs) => ({
        ...{ runnerBytes: 0, runnerHeapBytes: 0, runnerDescriptors: 0, serverBytes: 0, serverDescriptors: 0 },
        serverHeapBytes: jobs * bytesPerJob,
      })),
      measuresOfJobs(200),
    ).isFlat
  expect([judged(5 * 1024), judged(20 * 1024)]).toEqual([true, false])
})
