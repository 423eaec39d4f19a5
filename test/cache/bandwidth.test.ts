import { expect, test } from 'vitest'
import { Bandwidth } from '../../src/cache/bandwidth.ts'
import { FakeClock } from '../support/fake-clock.ts'

const RATE = 1_000_000
const BURST = 250_000

/** Takes, and tells whether it had to wait. */
function take(bandwidth: Bandwidth, bytes: number): { done: boolean } {
  const taken = { done: false }
  void bandwidth.take(bytes, new AbortController().signal).then(() => {
    taken.done = true
  })
  return taken
}

const tick = () => new Promise(setImmediate)

test('a quarter of a second is given at once, the rest as time passes', async () => {
  const clock = new FakeClock()
  const bandwidth = new Bandwidth(RATE, clock)
  await bandwidth.take(BURST, new AbortController().signal)
  const next = take(bandwidth, 100_000)
  await tick()
  expect(next.done).toBe(false)
  clock.advance(99)
  await tick()
  expect(next.done).toBe(false)
  clock.advance(1)
  await tick()
  expect(next.done).toBe(true)
})

test('all who take share one rate, in the order in which they came', async () => {
  const clock = new FakeClock()
  const bandwidth = new Bandwidth(RATE, clock)
  await bandwidth.take(BURST, new AbortController().signal)
  const takers = Array.from({ length: 10 }, () => take(bandwidth, 100_000))
  for (let turn = 1; turn <= takers.length; turn += 1) {
    clock.advance(100)
    await tick()
    expect(takers.filter(({ done }) => done)).toHaveLength(turn)
    expect(takers[turn - 1]?.done).toBe(true)
  }
})

test('a long pause saves up no more than the burst; a clock that is set back gives and takes nothing', async () => {
  const clock = new FakeClock()
  const bandwidth = new Bandwidth(RATE, clock)
  clock.advance(3_600_000)
  await bandwidth.take(BURST, new AbortController().signal)
  clock.advance(-3_600_000)
  const next = take(bandwidth, 1_000)
  await tick()
  expect(next.done).toBe(false)
  clock.advance(1)
  await tick()
  expect(next.done).toBe(true)
})

test('who no longer wants it does not wait', async () => {
  const bandwidth = new Bandwidth(RATE, new FakeClock())
  await bandwidth.take(BURST, new AbortController().signal)
  const stop = new AbortController()
  const taken = bandwidth.take(RATE, stop.signal)
  stop.abort(new Error('enough'))
  await expect(taken).rejects.toThrow('enough')
})
