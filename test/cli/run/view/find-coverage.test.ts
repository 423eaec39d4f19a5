import { expect, test } from 'vitest'
import { findCoverage } from '../../../../src/cli/run/view/find-coverage.ts'
import { readPattern } from '../../../../src/pipeline/expression/pattern.ts'

test.each([
  { pattern: '/Lines:\\s*\\d+(\\.\\d+)?%/', line: 'nothing here', want: undefined },
  { pattern: '/Lines:\\s*\\d+\\.\\d+%/', line: 'Lines: 81.5%', want: '81.5' },
  { pattern: '/Lines:\\s*([\\d.]+)%/', line: 'Lines: 81.5% Lines: 90%', want: '90' },
  { pattern: '/(\\w+) (\\d+)/', line: 'covered 7', want: '7' },
  { pattern: '/covered/', line: 'covered', want: undefined },
])('$pattern finds $want in "$line"', ({ pattern, line, want }) => {
  expect(findCoverage(readPattern(pattern), line)).toBe(want)
})
