import { expect, test } from 'vitest'
import { parseStageTimeout } from '../../../src/executor/config/stage-timeout.ts'

test.each([
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['5m0s', 300_000],
  ['0', 0],
  ['0s', 0],
  ['0h0m0s', 0],
  ['300', undefined],
  ['0x', undefined],
  ['-5m', undefined],
  ['', undefined],
  ['soon', undefined],
])('%s is %s ms', (text, want) => {
  expect(parseStageTimeout(text)).toBe(want)
})
