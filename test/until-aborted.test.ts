import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { untilAborted } from '../src/until-aborted.ts'

test('untilAborted settles like the work, or with the reason, and leaves no listener', async () => {
  const { signal } = new AbortController()
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
  await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(0)
  const reason = new Error('left')
  await expect(untilAborted(new Promise(() => undefined), AbortSignal.abort(reason))).rejects.toBe(reason)
})
