import { expect, test } from 'vitest'
import { Leases } from '../../src/cache/leases.ts'
import { digestOf } from '../../src/oci/digest.ts'

const A = digestOf(Buffer.from('a'))

test('what is leased is not removed, until the last hold is released', async () => {
  const leases = new Leases()
  const first = await leases.acquire(A)
  const second = leases.share(A)
  first.release()
  first.release()
  expect(await leases.remove(A, async () => 'removed')).toBeUndefined()
  second.release()
  expect(leases.isEmpty).toBe(true)
  expect(await leases.remove(A, async () => 'removed')).toBe('removed')
})

test('a lease waits for the removal that has begun', async () => {
  const leases = new Leases()
  const steps: string[] = []
  let finish: () => void = () => {}
  const removal = leases.remove(A, async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    steps.push('removed')
  })
  const lease = leases.acquire(A).then(() => steps.push('leased'))
  expect(await leases.remove(A, async () => 'twice')).toBeUndefined()
  finish()
  await Promise.all([removal, lease])
  expect(steps).toEqual(['removed', 'leased'])
})

test('a removal that fails can be tried again', async () => {
  const leases = new Leases()
  await expect(leases.remove(A, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await leases.remove(A, async () => 'removed')).toBe('removed')
})
