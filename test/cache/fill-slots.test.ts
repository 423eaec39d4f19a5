import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FillSlots } from '../../src/cache/fill-slots.ts'

const tick = () => new Promise(setImmediate)

test('as many at once as there are places', async () => {
  const slots = new FillSlots(32)
  let running = 0
  for (let turn = 0; turn < 50; turn += 1) void slots.acquire().then(() => (running += 1))
  await tick()
  expect(running).toBe(32)
})

test('who does not wait gets what is free, and nothing before those who wait', async () => {
  const slots = new FillSlots(1)
  expect(slots.tryAcquire()).toBe(true)
  expect(slots.tryAcquire()).toBe(false)
  const waited = slots.acquire()
  slots.release()
  await waited
  expect(slots.tryAcquire()).toBe(false)
  slots.release()
  expect(slots.tryAcquire()).toBe(true)
})

test('whatever comes and goes: never more than there are places, in order, nobody forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 40 }),
      async (places, steps) => {
        const slots = new FillSlots(places)
        const admitted: number[] = []
        let asked = 0
        let running = 0
        for (const asks of steps) {
          if (asks) {
            const turn = asked
            asked += 1
            void slots.acquire().then(() => {
              admitted.push(turn)
              running += 1
            })
          } else if (running > 0) {
            running -= 1
            slots.release()
          }
          await tick()
          expect(running).toBe(Math.min(places, asked - (admitted.length - running)))
        }
        for (; running > 0; running -= 1) {
          slots.release()
          await tick()
        }
        expect(admitted).toEqual(Array.from({ length: asked }, (_, turn) => turn))
      },
    ),
  )
})
