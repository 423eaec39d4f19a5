import { describe, expect, test } from 'vitest'
import { reportedReason } from '../../../src/runner/protocol/failure-reasons.ts'
import { retryWaitMs, toldWaitMs } from '../../../src/runner/protocol/retry-delay.ts'
import { readTold } from '../../../src/runner/protocol/told.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('how long a server wants to be left alone', () => {
  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'ratelimit-resettime': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': '99999' }, 600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (headers, waitMs) => {
    expect(toldWaitMs(headers, NOW)).toBe(waitMs)
  })
})

test.each([
  [1, 0, 100],
  [2, 0, 200],
  [4, 0, 800],
  [4, 0.5, 720],
  [30, 0, 60_000],
])('after try %i the wait is drawn with %d: %i ms', (tries, random, waitMs) => {
  expect(retryWaitMs(tries, random)).toBe(waitMs)
})

describe('the reason that a server is told', () => {
  test.each([
    ['script_failure', [], 'script_failure'],
    ['runner_system_failure', [], 'runner_system_failure'],
    ['job_execution_timeout', [], 'job_execution_timeout'],
    ['image_pull_failure', ['image_pull_failure'], 'image_pull_failure'],
    ['image_pull_failure', [], 'runner_system_failure'],
    ['runner_configuration_error', [], 'script_failure'],
    ['runner_external_dependency_failure', [], 'runner_system_failure'],
    ['job_canceled', [], 'unknown_failure'],
    ['runner_interrupted', ['runner_interrupted'], 'runner_interrupted'],
  ] as const)('%s, when it knows %j', (reason, known, told) => {
    expect(reportedReason(reason, known)).toBe(told)
  })
})

describe('the interval that a server tells', () => {
  test.each([
    ['3', 3000],
    ['60', 60_000],
    ['100000', 900_000],
    ['0', undefined],
    ['-1', undefined],
    ['often', undefined],
  ])('%s', (header, intervalMs) => {
    expect(readTold({ 'x-gitlab-trace-update-interval': header }).intervalMs).toBe(intervalMs)
  })
})
