import { expect, test } from 'vitest'
import { Coalescer } from '../../src/cache/coalesce.ts'

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

test('many who ask at once share one piece of work', async () => {
  const coalescer = new Coalescer<string>()
  const work = deferred<string>()
  let started = 0
  const all = Array.from({ length: 10 }, () =>
    coalescer.run('key', () => {
      started += 1
      return work.promise
    }),
  )
  expect(all.map(({ joined }) => joined)).toEqual([false, ...Array(9).fill(true)])
  work.resolve('done')
  expect(await Promise.all(all.map(({ result }) => result))).toEqual(Array(10).fill('done'))
  expect(started).toBe(1)
})

test('a failure is everybody’s, and the next one tries again', async () => {
  const coalescer = new Coalescer<string>()
  const work = deferred<string>()
  const all = [1, 2, 3].map(() => coalescer.run('key', () => work.promise).result)
  const broken = new Error('broken')
  work.reject(broken)
  for (const { status, ...rest } of await Promise.allSettled(all)) {
    expect({ status, ...rest }).toEqual({ status: 'rejected', reason: broken })
  }
  const again = coalescer.run('key', async () => 'done')
  expect(again.joined).toBe(false)
  expect(await again.result).toBe('done')
})

test('nothing is remembered after the work', async () => {
  const coalescer = new Coalescer<number>()
  expect(await coalescer.run('key', async () => 1).result).toBe(1)
  expect(await coalescer.run('key', async () => 2).result).toBe(2)
})

test('other keys are other work', async () => {
  const coalescer = new Coalescer<number>()
  const one = coalescer.run('one', async () => 1)
  const two = coalescer.run('two', async () => 2)
  expect([one.joined, two.joined]).toEqual([false, false])
  expect(await Promise.all([one.result, two.result])).toEqual([1, 2])
})
