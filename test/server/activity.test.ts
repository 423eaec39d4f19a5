import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Activity } from '../../src/server/activity.ts'
import { FakeClock } from '../support/fake-clock.ts'

const IDLE_MS = 60_000

/** A server that takes a request when the test says so. */
class Requests extends EventEmitter {
  begin(): () => void {
    const response = new EventEmitter()
    this.emit('request', {}, response)
    return () => response.emit('close')
  }
}

function watched(): { clock: FakeClock; requests: Requests; isIdle: () => Promise<boolean> } {
  const clock = new FakeClock()
  const activity = new Activity(clock)
  const requests = new Requests()
  activity.watch(requests)
  const left = new AbortController()
  let ended = false
  const idle = activity.idle(IDLE_MS, left.signal).then(() => {
    ended = true
  })
  const settled = async (): Promise<boolean> => {
    // What is due has been resolved after a turn of the event loop.
    await Promise.race([idle, new Promise((resolve) => setImmediate(resolve))])
    return ended
  }
  return { clock, requests, isIdle: settled }
}

describe('a server is idle', () => {
  test('when nobody has come since its start', async () => {
    const { clock, isIdle } = watched()
    clock.advance(IDLE_MS - 1)
    expect(await isIdle()).toBe(false)
    clock.advance(1)
    expect(await isIdle()).toBe(true)
  })

  test('so long after the end of the last request, not after its beginning', async () => {
    const { clock, requests, isIdle } = watched()
    const end = requests.begin()
    clock.advance(10 * IDLE_MS)
    expect(await isIdle()).toBe(false)
    end()
    clock.advance(IDLE_MS - 1)
    expect(await isIdle()).toBe(false)
    clock.advance(1)
    await isIdle()
    clock.advance(IDLE_MS)
    expect(await isIdle()).toBe(true)
  })

  test('never while one of several requests runs', async () => {
    const { clock, requests, isIdle } = watched()
    const end = requests.begin()
    requests.begin()
    end()
    for (let round = 0; round < 5; round += 1) {
      clock.advance(IDLE_MS)
      expect(await isIdle()).toBe(false)
    }
  })

  test('also when the clock was set back meanwhile', async () => {
    const { clock, isIdle } = watched()
    clock.jump(-1_000_000)
    clock.advance(IDLE_MS)
    await isIdle()
    for (let round = 0; round < 20; round += 1) {
      clock.advance(IDLE_MS)
      await isIdle()
    }
    expect(await isIdle()).toBe(true)
  })
})
