import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { startProxy } from '../support/start-proxy.ts'
import { CliProcess } from './cli-process.ts'

const LAYER_BYTES = 3 * 1024 * 1024

test('what was pulled and saved, of a running server and of its storage once it has stopped', async () => {
  await using upstream = await startScriptedUpstream()
  const image = upstream.addImage('library/redis', { tags: ['7'], layers: [randomBytes(LAYER_BYTES)] })
  const layer = image.layers[0]?.digest ?? image.root.digest
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const told = async (...flags: string[]) => {
    const cli = new CliProcess()
    expect(await cli.run(['stats', '--since', '36500d', ...flags])).toBe(0)
    return cli.out
  }
  const json = async () => JSON.parse(await told('--json', '--storage', proxy.storagePath))
  for (const count of [1, 2]) {
    for (const path of ['manifests/7', `blobs/${layer}`])
      await (await proxy.get(`/v2/library/redis/${path}`)).arrayBuffer()
    await proxy.blobCommitted(layer)
    await expect
      .poll(async () => {
        proxy.clock.advance(5_000)
        return (await json()).pulls
      })
      .toBe(count)
  }
  const bytes = 2 * (LAYER_BYTES + image.root.bytes.length)
  const sums = { pulls: 2, hits: 1, savedPulls: 1, bytes, savedBytes: bytes / 2, upstreamRequests: 2 }
  const running = await json()
  expect(running).toMatchObject({ ...sums, images: [{ name: 'docker.io/library/redis:7', ...sums }] })
  expect(running.usage.maxBytes).toBeGreaterThan(0)
  expect(running.upstreams).toMatchObject([{ name: 'docker.io' }])

  await proxy.stop()
  const config = join(proxy.storagePath, 'entrepot.yaml')
  await writeFile(config, dump({ storage: { path: '.' }, upstreams: { 'docker.io': { url: upstream.url } } }))
  const text = await told('--config', config)
  expect(text).toMatch(/^pulls +2$/m)
  expect(text).toMatch(/^hits +1 \(50 %\)$/m)
  expect(text).toMatch(/^pulls saved +1$/m)
  expect(text).toMatch(/^bytes saved +3\.0 MiB \(50 %\)$/m)
  expect(text).toMatch(/^ +2 +1 +6\.0 MiB +3\.0 MiB +docker\.io\/library\/redis:7$/m)
})

test('a storage from which nothing was pulled has no images to show', async () => {
  await using upstream = await startScriptedUpstream()
  await using proxy = await startProxy({ upstreams: { 'docker.io': upstream.url } })
  const cli = new CliProcess()
  expect(await cli.run(['stats', '--storage', proxy.storagePath])).toBe(0)
  expect(cli.out).toMatch(/^hits +0$/m)
  expect(cli.out).not.toContain('IMAGE')
})

test('a time that is no duration is refused', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['stats', '--since', 'yesterday'])).not.toBe(0)
  expect(cli.err).toContain('expected a duration such as 24h or 7d')
})
