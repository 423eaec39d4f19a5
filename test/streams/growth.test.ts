import { describe, expect, test } from 'vitest'
import { Growth, WITHHELD_TAIL_BYTES } from '../../src/streams/growth.ts'

const TAIL = WITHHELD_TAIL_BYTES

describe('readableBytes', () => {
  const cases: [name: string, written: number, total: number | undefined, readable: number][] = [
    ['nothing written', 0, undefined, 0],
    ['less than the tail, total unknown', TAIL - 1, undefined, 0],
    ['exactly the tail, total unknown', TAIL, undefined, 0],
    ['more than the tail, total unknown', TAIL + 5, undefined, 5],
    ['total known, far from its end', 1000, 10 * TAIL, 1000],
    ['total known, at the withheld tail', 9 * TAIL, 10 * TAIL, 9 * TAIL],
    ['total known, inside the withheld tail', 9 * TAIL + 1, 10 * TAIL, 9 * TAIL],
    ['total known, all written', 10 * TAIL, 10 * TAIL, 9 * TAIL],
    ['more than the total was written', 12 * TAIL, 10 * TAIL, 9 * TAIL],
    ['total smaller than the tail', 100, 100, 0],
  ]
  test.each(cases)('%s', (_, written, total, readable) => {
    const growth = new Growth()
    if (total !== undefined) growth.setTotal(total)
    growth.advance(written)
    expect(growth.readableBytes).toBe(readable)
    growth.verify()
    expect(growth.readableBytes).toBe(written)
    expect(growth.totalBytes).toBe(written)
  })

  test('what was there at the start counts as written', () => {
    expect(new Growth(3 * TAIL).readableBytes).toBe(2 * TAIL)
  })
})

describe('changed', () => {
  const events: [name: string, change: (growth: Growth) => void][] = [
    ['advance', (growth) => growth.advance(1)],
    ['setTotal', (growth) => growth.setTotal(1)],
    ['verify', (growth) => growth.verify()],
    ['fail', (growth) => growth.fail(new Error('broken'))],
  ]
  test.each(events)('%s wakes all who wait', async (_, change) => {
    const growth = new Growth()
    const waiting = Promise.all([growth.changed(), growth.changed()])
    change(growth)
    await waiting
  })

  test('is about what comes, not about what was', async () => {
    const growth = new Growth()
    growth.advance(1)
    let woken = false
    const waiting = growth.changed().then(() => {
      woken = true
    })
    await new Promise(setImmediate)
    expect(woken).toBe(false)
    growth.advance(1)
    await waiting
  })
})

describe('fail', () => {
  test('the first error stays', () => {
    const growth = new Growth()
    const first = new Error('first')
    growth.fail(first)
    growth.fail(new Error('second'))
    expect(growth.failure).toBe(first)
  })

  test('what is verified cannot fail any more', () => {
    const growth = new Growth()
    growth.verify()
    growth.fail(new Error('late'))
    expect(growth.failure).toBeUndefined()
  })
})
