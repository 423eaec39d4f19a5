import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { isListening, ServerClient } from '../../src/cli/server-client.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startProxy } from '../support/start-proxy.ts'
import { makeTempDir } from '../support/temp-dir.ts'

describe('control.sock', () => {
  test('is for its owner only, whatever the umask, and gone when the server is', async () => {
    const umask = process.umask(0)
    await using upstream = await startScriptedUpstream()
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } }).finally(() => {
      process.umask(umask)
    })
    const path = join(proxy.storagePath, 'control.sock')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(path)).isSocket()).toBe(true)
    expect(await isListening(path)).toBe(true)
    await expect(stat(join(proxy.storagePath, '.control'))).rejects.toMatchObject({ code: 'ENOENT' })
    await proxy.stop()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await isListening(path)).toBe(false)
  })

  test('takes the place of what a dead server left', async () => {
    await using upstream = await startScriptedUpstream()
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    await proxy.stop()
    const path = join(proxy.storagePath, 'control.sock')
    await writeFile(path, 'not even a socket')
    await mkdir(join(proxy.storagePath, '.control'))
    expect(await isListening(path)).toBe(false)
    await proxy.start()
    expect(await isListening(path)).toBe(true)
  })

  test('that cannot be made is a warning: the cache serves without', async () => {
    await using upstream = await startScriptedUpstream()
    await using dir = await makeTempDir()
    const storage = join(dir.path, 'd'.repeat(100))
    await using proxy = await startProxy({
      upstreams: { 'docker.io': upstream.url },
      storage: { path: storage },
    })
    expect(proxy.log.of('control.unavailable')).toHaveLength(1)
    expect((await proxy.get('/healthz')).status).toBe(200)
  })
})

describe('what is asked wrongly', () => {
  const cases: [method: 'GET' | 'POST', path: string, body: string | undefined, status: number][] = [
    ['GET', 'list?limit=0', undefined, 400],
    ['GET', 'show', undefined, 400],
    ['GET', 'show?image=NOT+A+NAME', undefined, 400],
    ['GET', 'show?image=redis:7', undefined, 404],
    ['GET', 'nothing', undefined, 404],
    ['POST', 'remove', '{}', 400],
    ['POST', 'remove', '{"image": 7}', 400],
    ['POST', 'gc', 'no json', 400],
    ['POST', 'warm', '{"images": [], "platforms": "all"}', 400],
    ['POST', 'warm', '{"images": ["redis"], "platforms": ["linux"]}', 400],
  ]
  test('is refused with a code and a sentence', async () => {
    await using upstream = await startScriptedUpstream()
    await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
    const agent = new Agent({ connect: { socketPath: join(proxy.storagePath, 'control.sock') } })
    for (const [method, path, body, status] of cases) {
      const reply = await request(`http://control.sock/api/v1/cache/${path}`, {
        dispatcher: agent,
        method,
        ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
      })
      const told = (await reply.body.json()) as { error: { code: string; message: string } }
      expect({ path, status: reply.statusCode }).toEqual({ path, status })
      expect(told.error.code).toBe(status === 404 && path !== 'nothing' ? 'not-found' : 'invalid')
      expect(told.error.message).toMatch(/\w+ \w+/)
    }
    await agent.destroy()
  })
})

test('a list comes in pages', async () => {
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const tags = ['1', '2', '3', '4']
  upstream.addImage('library/app', { tags })
  for (const tag of tags) await proxy.get(`/v2/library/app/manifests/${tag}`)
  const client = new ServerClient(join(proxy.storagePath, 'control.sock'))
  const first = await client.list({ limit: 3 })
  expect(first).toMatchObject({ images: [{}, {}, {}], after: 'docker.io/library/app:3' })
  const last = await client.list({ limit: 3, after: first.after ?? '' })
  expect(last).toMatchObject({ images: [{ name: 'docker.io/library/app:4' }], after: null })
  await client.close()
})
