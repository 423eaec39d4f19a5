import { expect, test } from 'vitest'
import { JobSlots } from '../../src/runner/job-slots.ts'

const never = new AbortController().signal

test('each has the lowest number that is free', async () => {
  const slots = new JobSlots(3)
  const [first, second] = [await slots.take(never), await slots.take(never)]
  expect([first.number, second.number]).toEqual([0, 1])
  first.release()
  first.release()
  expect((await slots.take(never)).number).toBe(0)
  expect((await slots.take(never)).number).toBe(2)
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
  const next = slots.take(never)
  first.release()
  expect((await next).number).toBe(0)
})

test('who goes away in the moment of getting a slot gives it back', async () => {
  const slots = new JobSlots(1)
  const first = await slots.take(never)
  const leaving = new AbortController()
  const gone = slots.take(leaving.signal)
  first.release()
  leaving.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  expect((await slots.take(never)).number).toBe(0)
})

test('without a limit nobody waits', async () => {
  const slots = new JobSlots(0)
  const taken = await Promise.all(Array.from({ length: 50 }, () => slots.take(never)))
  expect(taken.at(-1)?.number).toBe(49)
})

test('more slots are given at once to those who wait', async () => {
  const slots = new JobSlots(1)
  await slots.take(never)
  const [one, two] = [slots.take(never), slots.take(never)]
  slots.resize(3)
  expect([(await one).number, (await two).number]).toEqual([1, 2])
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
  expect((await next).number).toBe(0)
})
