import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/streams/buffer-pool.ts'

const LARGE = LARGE_CHUNK_BYTES
const SMALL = SMALL_CHUNK_BYTES

/** Takes a buffer that must be there now. */
function takeNow(pool: BufferPool, sizeBytes: number): Buffer {
  const buffer = pool.acquire(sizeBytes)
  if (!Buffer.isBuffer(buffer)) throw new Error('had to wait for a buffer')
  return buffer
}

test('gives back what was released, of the same size', () => {
  const pool = new BufferPool(4 * LARGE)
  const small = takeNow(pool, SMALL)
  const large = takeNow(pool, LARGE)
  expect([small.length, large.length]).toEqual([SMALL, LARGE])
  pool.release(small)
  pool.release(large)
  expect(takeNow(pool, LARGE) === large).toBe(true)
  expect(takeNow(pool, SMALL) === small).toBe(true)
})

test('never lends one buffer twice', () => {
  const pool = new BufferPool(LARGE)
  const lent = new Set(Array.from({ length: LARGE / SMALL }, () => takeNow(pool, SMALL)))
  expect(lent.size).toBe(LARGE / SMALL)
})

test('what is forgotten is never lent again, and leaves room for another', () => {
  const pool = new BufferPool(LARGE)
  const lost = takeNow(pool, LARGE)
  pool.forget(lost)
  expect(pool.lentBytes).toBe(0)
  expect(takeNow(pool, LARGE) === lost).toBe(false)
})

test('idle buffers of another size make room', () => {
  const pool = new BufferPool(LARGE)
  const small = Array.from({ length: LARGE / SMALL }, () => takeNow(pool, SMALL))
  for (const buffer of small) pool.release(buffer)
  pool.release(takeNow(pool, LARGE))
  // The small ones are gone: kept beside the large one they would be twice the ceiling.
  expect(small.includes(takeNow(pool, SMALL))).toBe(false)
})

test('is scarce when more than half is lent', () => {
  const pool = new BufferPool(2 * LARGE)
  takeNow(pool, LARGE)
  expect(pool.scarce).toBe(false)
  const small = takeNow(pool, SMALL)
  expect(pool.scarce).toBe(true)
  pool.release(small)
  expect(pool.scarce).toBe(false)
})

test('a ceiling below one large buffer is refused', () => {
  expect(() => new BufferPool(LARGE - 1)).toThrow(RangeError)
})

describe('at the ceiling', () => {
  test.each(['release', 'forget'] as const)(
    'those who wait are served in order after a %s',
    async (giveBack) => {
      const pool = new BufferPool(LARGE)
      let lent = takeNow(pool, LARGE)
      const served: number[] = []
      const waiting = [0, 1, 2].map(async (turn) => {
        const buffer = await pool.acquire(LARGE)
        served.push(turn)
        return buffer
      })
      await new Promise(setImmediate)
      expect(served).toEqual([])
      for (const wait of waiting) {
        pool[giveBack](lent)
        lent = await wait
        expect(pool.lentBytes).toBe(LARGE)
      }
      expect(served).toEqual([0, 1, 2])
    },
  )

  test('who asks for little does not overtake who asks for much', async () => {
    const pool = new BufferPool(LARGE)
    const first = takeNow(pool, SMALL)
    const second = takeNow(pool, SMALL)
    const order: string[] = []
    const large = Promise.resolve(pool.acquire(LARGE)).then((buffer) => {
      order.push('large')
      pool.release(buffer)
    })
    const small = Promise.resolve(pool.acquire(SMALL)).then(() => order.push('small'))
    pool.release(first)
    await new Promise(setImmediate)
    expect(order).toEqual([])
    pool.release(second)
    await Promise.all([large, small])
    expect(order).toEqual(['large', 'small'])
  })

  test('one buffer that comes back may serve several', async () => {
    const pool = new BufferPool(LARGE)
    const large = takeNow(pool, LARGE)
    const waiting = Array.from({ length: LARGE / SMALL }, () => pool.acquire(SMALL))
    pool.release(large)
    await Promise.all(waiting)
    expect(pool.lentBytes).toBe(LARGE)
  })
})

test('whatever is asked for and given back: under the ceiling, in order, nobody forgotten', async () => {
  const asks = fc.record({ kind: fc.constant('ask' as const), sizeBytes: fc.constantFrom(SMALL, LARGE) })
  const returns = fc.record({ kind: fc.constantFrom('release' as const, 'forget' as const), which: fc.nat() })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(asks, returns), { maxLength: 80 }), async (steps) => {
      const pool = new BufferPool(3 * LARGE)
      const lent: Buffer[] = []
      const asked: number[] = []
      const served: number[] = []
      const giveBack = (how: 'release' | 'forget', which: number) => {
        const [buffer] = lent.splice(which % lent.length, 1)
        if (buffer !== undefined) pool[how](buffer)
      }
      for (const step of steps) {
        if (step.kind !== 'ask') giveBack(step.kind, step.which)
        else {
          const turn = asked.push(step.sizeBytes) - 1
          void Promise.resolve(pool.acquire(step.sizeBytes)).then((buffer) => {
            expect(buffer.length).toBe(step.sizeBytes)
            expect(lent.includes(buffer)).toBe(false)
            lent.push(buffer)
            served.push(turn)
          })
        }
        await new Promise(process.nextTick)
        expect(pool.lentBytes).toBe(lent.reduce((sum, buffer) => sum + buffer.length, 0))
        expect(pool.lentBytes).toBeLessThanOrEqual(3 * LARGE)
      }
      while (lent.length > 0) {
        giveBack('release', 0)
        await new Promise(process.nextTick)
      }
      expect(served).toEqual(asked.map((_, turn) => turn))
      expect(pool.lentBytes).toBe(0)
    }),
  )
})
