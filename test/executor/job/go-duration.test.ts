import { expect, test } from 'vitest'
import { isFeatureOn } from '../../../src/executor/job/feature-flags.ts'
import { formatGoDuration, parseGoDuration } from '../../../src/executor/job/go-duration.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { variable } from './variable.ts'

test.each([
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['0s', undefined],
  ['', undefined],
  ['10', undefined],
  ['ten minutes', undefined],
  ['-5m', undefined],
])('%s is %s ms', (text, want) => {
  expect(parseGoDuration(text)).toBe(want)
})

test.each([
  [3_600_000, '1h0m0s'],
  [150_000, '2m30s'],
  [3000, '3s'],
  [90_061_000, '25h1m1s'],
  [500, '500ms'],
  [61_500, '1m1.5s'],
])('%d ms is %s', (ms, want) => {
  expect(formatGoDuration(ms)).toBe(want)
})

test.each([
  { name: 'nobody says', settings: [], job: undefined, want: true },
  { name: 'the job says no', settings: [], job: 'false', want: false },
  { name: 'the job says T', settings: [], job: 'T', want: true },
  { name: 'the job says nothing', settings: [], job: '', want: true },
  { name: 'the runner says no, whatever the job says', settings: [false], job: 'true', want: false },
])('FF_TIMESTAMPS when $name', ({ settings, job, want }) => {
  const flags = new Map(settings.map((isOn) => ['FF_TIMESTAMPS', isOn]))
  const variables = new JobVariables(job === undefined ? [] : [variable('FF_TIMESTAMPS', job)])
  expect(isFeatureOn('FF_TIMESTAMPS', flags, variables)).toBe(want)
})
