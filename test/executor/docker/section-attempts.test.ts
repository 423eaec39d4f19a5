import { expect, test } from 'vitest'
import { sectionAttempts } from '../../../src/executor/docker/section-attempts.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { aVariable } from '../../support/executor/a-job.ts'

const withAttempts = (value: string) => new JobVariables([aVariable('EXECUTOR_JOB_SECTION_ATTEMPTS', value)])

test('a stage is run once, or as often as the job says', () => {
  expect(sectionAttempts(new JobVariables([]))).toBe(1)
  expect(['', '1', '10'].map((value) => sectionAttempts(withAttempts(value)))).toEqual([1, 1, 10])
})

test.each(['0', '11', '-1', '2.5', 'often'])('%s attempts are refused', (value) => {
  expect(() => sectionAttempts(withAttempts(value))).toThrow(/out of the range \[1, 10\]/)
})
