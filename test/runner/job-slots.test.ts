import { expect, test } from 'vitest'
import { type JobSlot, JobSlots } from '../../src/runner/job-slots.ts'

const never = new AbortController().signal

/** How many more could take a slot now. */
async function roomIn(slots: JobSlots): Promise<number> {
  const enough = new AbortController()
  const taken: JobSlot[] = []
  for (let tries = 0; tries < 5; tries += 1) {
    slots.take(enough.signal).then(
      (slot) => taken.push(slot),
      () => {},
    )
  }
  await new Promise((resolve) => setImmediate(resolve))
  enough.abort()
  for (const slot of taken) slot.release()
  return taken.length
}

test('what is given back twice is room for one', async () => {
  const slots = new JobSlots(3)
  const [first] = [await slots.take(never), await slots.take(never)]
  expect(await roomIn(slots)).toBe(1)
  first?.release()
  first?.release()
  expect(await roomIn(slots)).toBe(2)
})

test('who waits is served in the order of coming, before anybody who comes later', async () => {
  const slots = new JobSlots(1)
  const first = await slots.take(never)
  const seen: string[] = []
  const wait = (name: string) =>
    slots.take(never).then((slot) => {
      seen.push(name)
      return slot
    })
  const [one, two] = [wait('one'), wait('two')]
  expect(slots.isWaitedFor).toBe(true)
  first.release()
  const late = wait('late')
  ;(await one).release()
  ;(await two).release()
  ;(await late).release()
  expect(seen).toEqual(['one', 'two', 'late'])
  expect(slots.isWaitedFor).toBe(false)
})

test('who goes away while waiting takes nothing', async () => {
  const slots = new JobSlots(1)
  const first = await slots.take(never)
  const leaving = new AbortController()
  const gone = slots.take(leaving.signal)
  leaving.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  expect(slots.isWaitedFor).toBe(false)
  first.release()
  expect(await roomIn(slots)).toBe(1)
})

test('who goes away in the moment of getting a slot gives it back', async () => {
  const slots = new JobSlots(1)
  const first = await slots.take(never)
  const leaving = new AbortController()
  const gone = slots.take(leaving.signal)
  first.release()
  leaving.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  expect(await roomIn(slots)).toBe(1)
})

test('without a limit nobody waits', async () => {
  const slots = new JobSlots(0)
  const taken = Array.from({ length: 50 }, () => slots.take(never))
  expect(slots.isWaitedFor).toBe(false)
  await Promise.all(taken)
})

test('more slots are given at once to those who wait', async () => {
  const slots = new JobSlots(1)
  await slots.take(never)
  const waiting = [slots.take(never), slots.take(never)]
  slots.resize(4)
  await Promise.all(waiting)
  expect(slots.isWaitedFor).toBe(false)
  expect(await roomIn(slots)).toBe(1)
})

test('fewer slots leave those who have one theirs, and the next waits for room', async () => {
  const slots = new JobSlots(2)
  const [first, second] = [await slots.take(never), await slots.take(never)]
  slots.resize(1)
  let isTaken = false
  const next = slots.take(never).then((slot) => {
    isTaken = true
    return slot
  })
  first.release()
  await new Promise((resolve) => setImmediate(resolve))
  expect(isTaken).toBe(false)
  second.release()
  await next
})
