import { expect, test } from 'vitest'
import { JobNumbers } from '../../src/runner/job-numbers.ts'

/** What becomes of jobs that begin in this order while all that began before still run. */
test.each([
  {
    name: 'jobs of one project',
    jobs: [
      ['a', 7],
      ['a', 7],
      ['a', 7],
    ],
    want: ['0/0', '1/1', '2/2'],
  },
  {
    name: 'jobs of two projects',
    jobs: [
      ['a', 7],
      ['a', 8],
      ['a', 7],
    ],
    want: ['0/0', '0/1', '1/2'],
  },
  {
    name: 'one project on two runners',
    jobs: [
      ['a', 7],
      ['b', 7],
      ['b', 7],
    ],
    want: ['0/0', '0/0', '1/1'],
  },
] as const)('$name have numbers of the project, and of the runner', ({ jobs, want }) => {
  const numbers = new JobNumbers()
  const taken = jobs.map(([token, projectId]) => numbers.take(token, projectId))
  expect(taken.map(({ slot, runnerSlot }) => `${slot}/${runnerSlot}`)).toEqual(want)
})

test('the lowest that is free is the next, in the project and in the runner', () => {
  const numbers = new JobNumbers()
  const [first, second] = [numbers.take('a', 7), numbers.take('a', 8)]
  numbers.take('a', 8)
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  second[Symbol.dispose]()
  expect(numbers.take('a', 8)).toMatchObject({ slot: 0, runnerSlot: 0 })
  expect(numbers.take('a', 9)).toMatchObject({ slot: 0, runnerSlot: 1 })
})
