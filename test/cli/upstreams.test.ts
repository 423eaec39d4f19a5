import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startProxy } from '../support/start-proxy.ts'
import { CliProcess } from './cli-process.ts'

const RATES = {
  'ratelimit-limit': '100;w=21600',
  'ratelimit-remaining': '76;w=21600',
  'docker-ratelimit-source': '192.0.2.7',
}

test('what a running server knows of its upstreams', async () => {
  await using upstream = await startScriptedUpstream()
  await using gone = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url, 'gone.example': gone.url } })
  upstream.fault({ match: { path: /manifests/ }, do: { kind: 'headers', set: RATES } })
  upstream.addImage('library/redis', { tags: ['7'] })
  await proxy.get('/v2/library/redis/manifests/7')
  await gone.stop()
  await proxy.get('/v2/gone.example/x/manifests/1')

  const people = new CliProcess()
  expect(await people.run(['upstreams', '--storage', proxy.storagePath])).toBe(0)
  const [head, hub, other, blank, note] = people.out.split('\n')
  expect(head).toMatch(/^UPSTREAM +REGISTRY +TOKENS +PULLS LEFT +EMPTY IN +ACCOUNT$/)
  expect(hub).toMatch(/^docker\.io +ok +ok +76 of 100 in 6 h$/)
  expect(other).toMatch(/^gone\.example +(in doubt|down) +ok$/)
  expect(blank).toBe('')
  expect(note).toMatch(/^gone\.example: .*ECONNREFUSED/)
  expect(people.err).toBe('')

  const script = new CliProcess()
  expect(await script.run(['upstreams', '--json', '--storage', proxy.storagePath])).toBe(0)
  const told = JSON.parse(script.out)
  expect(told).toEqual(await (await proxy.get('/api/v1/upstreams')).json())
  expect(told.upstreams[0]).toMatchObject({
    name: 'docker.io',
    limit: 100,
    remaining: 76,
    windowSeconds: 21600,
  })
})

test('a stopped storage knows their names', async () => {
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  await proxy.stop()
  const config = join(proxy.storagePath, 'entrepot.yaml')
  await writeFile(config, dump({ storage: { path: '.' }, upstreams: { 'docker.io': { url: upstream.url } } }))
  const cli = new CliProcess()
  expect(await cli.run(['upstreams', '--config', config])).toBe(0)
  expect(cli.out).toMatch(/^docker\.io +ok +ok$/m)
})
