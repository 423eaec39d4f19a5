import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { login, type Readers, startReaders, told } from './readers.ts'

const TEAM = { group: 'team' }

let readers: Readers

beforeEach(async () => {
  readers = await startReaders()
})

afterEach(async () => {
  await readers[Symbol.asyncDispose]()
})

describe('what a job brought along', () => {
  test('ends with its credential, and what was proved for it opens nothing to the next', async () => {
    const { proxy, mint } = readers
    const { manifest } = await readers.cached('acme/app', TEAM)
    const job = await mint(parseGroupPath('others'), login('owner'))
    const path = `/v2/others/dependency_proxy/containers/${manifest}`
    expect(await told(await proxy.get(path, job.headers))).toBe('200')
    await proxy.access.credentials.revoke(job.id)
    expect(await told(await proxy.get(path, job.headers))).toBe('401 UNAUTHORIZED')
    expect(await told(await readers.get({ job: 'others' }, manifest))).toBe('403 DENIED')
  })

  test('is not kept over a restart: its job reads as its group then', async () => {
    const { proxy, mint } = readers
    const { manifest } = await readers.cached('acme/app', TEAM)
    const job = await mint(parseGroupPath('others'), login('owner'))
    const path = `/v2/others/dependency_proxy/containers/${manifest}`
    expect(await told(await proxy.get(path, job.headers))).toBe('200')
    await proxy.restart()
    expect(await told(await proxy.get(path, job.headers))).toBe('403 DENIED')
    // The next job with this login finds what was proved for it.
    readers.upstream.log.clear()
    expect(await told(await readers.get({ job: 'others', login: login('owner') }, manifest))).toBe('200')
    expect(readers.upstream.count()).toBe(0)
  })

  test('and that its registry refuses is told as the refusal of that registry', async () => {
    readers.upstream.addImage('library/app', { tags: ['1'] })
    const asker = { job: 'others', login: login('owner', 'wrong') }
    const reply = await readers.get(asker, 'library/app/manifests/1')
    const { errors } = (await reply.json()) as {
      errors: { code: string; message: string; detail: unknown }[]
    }
    expect([reply.status, errors[0]?.code]).toEqual([403, 'DENIED'])
    expect(errors[0]?.message).toMatch(/docker\.io's token server .* answered 401/)
    expect(errors[0]?.detail).toEqual({ upstream: 'docker.io', status: 401 })
    expect(JSON.stringify(errors)).not.toContain('wrong')
  })
})
