import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Deadline } from '../../src/upstream/deadline.ts'
import { FakeClock } from '../support/fake-clock.ts'

describe('Deadline', () => {
  test('passes', () => {
    const clock = new FakeClock()
    const deadline = new Deadline(clock, 1_000, undefined)
    clock.advance(999)
    expect(deadline.signal.aborted).toBe(false)
    clock.advance(1)
    return expect
      .poll(() => [deadline.signal.aborted, deadline.expired, deadline.callerAborted])
      .toEqual([true, true, false])
  })

  test('met, only the caller can stop it; disposed, nobody', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const met = new Deadline(clock, 1_000, caller.signal)
    const disposed = new Deadline(clock, 1_000, caller.signal)
    met.met()
    disposed.dispose()
    expect(clock.sleeperCount).toBe(0)
    const reason = new Error('enough')
    caller.abort(reason)
    expect(met.signal.reason).toBe(reason)
    expect([met.expired, met.callerAborted]).toEqual([false, true])
    expect(disposed.signal.aborted).toBe(false)
  })

  test('a signal that outlives many calls keeps nothing of them', () => {
    const clock = new FakeClock()
    const { signal } = new AbortController()
    for (let call = 0; call < 5; call++) new Deadline(clock, 1_000, signal).dispose()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('a caller that has left already', () => {
    const reason = new Error('left')
    const deadline = new Deadline(new FakeClock(), 1_000, AbortSignal.abort(reason))
    expect(deadline.signal.reason).toBe(reason)
    expect(deadline.callerAborted).toBe(true)
  })

  test('what expired first stays so', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const deadline = new Deadline(clock, 1_000, caller.signal)
    clock.advance(1_000)
    await expect.poll(() => deadline.expired).toBe(true)
    caller.abort()
    expect(deadline.callerAborted).toBe(false)
  })
})
