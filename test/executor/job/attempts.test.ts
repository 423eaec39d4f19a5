import { expect, test } from 'vitest'
import { attemptsIn } from '../../../src/executor/job/attempts.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { aVariable } from '../../support/executor/a-job.ts'

const NAME = 'EXECUTOR_JOB_SECTION_ATTEMPTS'
const withAttempts = (value: string) => new JobVariables([aVariable(NAME, value)])

test('something is tried once, or as often as the job says', () => {
  expect(attemptsIn(new JobVariables([]), NAME)).toBe(1)
  expect(['', '1', '10'].map((value) => attemptsIn(withAttempts(value), NAME))).toEqual([1, 1, 10])
})

test.each(['0', '11', '-1', '2.5', 'often'])('%s attempts are refused', (value) => {
  expect(() => attemptsIn(withAttempts(value), NAME)).toThrow(/out of the range \[1, 10\]/)
})
