import { beforeAll, expect, test } from 'vitest'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { startEngine } from '../support/real/engine.ts'
import { createEngineNetwork } from '../support/real/engine-network.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { groupReference } from '../support/real/group-reference.ts'
import { pullOverHttp } from '../support/real/http-pull.ts'
import { builtImage, IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { startLink } from '../support/real/link.ts'
import { begunSince, outcomes } from './outcomes.ts'

/** How often each blob was downloaded, by the log of the registry. */
function blobDownloads(registry: DockerRegistry): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { method, url } of registry.requests) {
    if (method !== 'GET' || !url.includes('/blobs/')) continue
    counts.set(url, (counts.get(url) ?? 0) + 1)
  }
  return counts
}

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a Docker Engine pulls through Entrepot', () => {
  beforeAll(async () => {
    await builtImage('redis')
  }, IMAGE_BUILD_TIMEOUT_MS)

  test('by the group prefix: by tag, by digest, and again when the upstream is gone', async () => {
    await using registry = await startDockerRegistry({ images: ['redis', 'toolbox'] })
    await using engine = await startEngine()
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': registry.url },
      listen: [`${engine.hostAddress}:0`],
      anonymousNetworks: [engine.network.subnet],
    })
    const { root } = await builtImage('redis')
    const byTag = groupReference(entrepot.address, 'redis:7')
    const byDigest = groupReference(entrepot.address, `library/redis@${root.digest}`)

    await engine.docker('pull', byTag)
    expect(await engine.imageDigest(byTag)).toBe(root.digest)

    await registry.stop()
    for (const reference of [byTag, byDigest]) {
      await engine.removeAllImages()
      const since = Date.now()
      await engine.docker('pull', reference)
      expect(await engine.imageDigest(reference)).toBe(root.digest)
      await expect.poll(() => outcomes(begunSince(entrepot.logs, since), '/blobs/')).toHaveLength(4)
      expect(new Set(outcomes(begunSince(entrepot.logs, since)))).toEqual(new Set(['hit']))
    }
    expect(await engine.docker('run', '--rm', byDigest, 'redis-server', '--version')).toContain(
      'Redis server',
    )

    const neverPulled = groupReference(entrepot.address, 'library/toolbox:1.0')
    await expect(engine.docker('pull', neverPulled)).rejects.toThrow(/502/)
    const refused = entrepot.logs.filter(({ event }) => event === 'request.refused')
    expect(refused.map(({ msg }) => String(msg))).toContainEqual(expect.stringContaining('docker.io'))
  })

  test('as a registry mirror: by tag, by digest, and again when the upstream is gone', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    await using network = await createEngineNetwork()
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': { url: registry.url, tagTtl: '0s' } },
      listen: [`${network.hostAddress}:0`],
      anonymousNetworks: [network.subnet],
    })
    await using engine = await startEngine({ network, registryMirrors: [entrepot.url] })
    const { root } = await builtImage('busybox')

    await engine.docker('pull', 'busybox:1.35')
    expect(await engine.docker('run', '--rm', 'busybox:1.35', 'echo', 'runs')).toBe('runs\n')
    await engine.removeAllImages()
    await engine.docker('pull', `busybox@${root.digest}`)

    await registry.stop()
    await engine.removeAllImages()
    const since = Date.now()
    await engine.docker('pull', 'busybox:1.35')
    expect(await engine.imageDigest('busybox:1.35')).toBe(root.digest)
    await engine.removeAllImages()
    await engine.docker('pull', `busybox@${root.digest}`)
    const answered = new Set(outcomes(begunSince(entrepot.logs, since)))
    expect(answered).toEqual(new Set(['stale', 'hit']))
  })

  test('eight at once, all cold: the upstream sends each blob once', async () => {
    await using registry = await startDockerRegistry({ images: ['toolbox'] })
    await using engine = await startEngine()
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': registry.url },
      listen: [`${engine.hostAddress}:0`],
      anonymousNetworks: [engine.network.subnet],
    })
    const base = `${entrepot.url}/v2/library/toolbox/`
    const overHttp = Array.from({ length: 7 }, () => pullOverHttp({ base, reference: '1.0' }))
    const byEngine = engine.docker('pull', groupReference(entrepot.address, 'library/toolbox:1.0'))
    await Promise.all([...overHttp, byEngine])

    await expect.poll(() => blobDownloads(registry).size).toBe(6)
    expect([...blobDownloads(registry).values()]).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('killed in the middle of a layer and started again, it goes on where it was', async () => {
    await using registry = await startDockerRegistry({ images: ['toolbox'] })
    await using link = await startLink(registry.url)
    await using engine = await startEngine()
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': link.url },
      listen: [`${engine.hostAddress}:0`],
      anonymousNetworks: [engine.network.subnet],
    })
    const reference = groupReference(entrepot.address, 'library/toolbox:1.0')
    const held = link.holdAfter(8 * 1024 * 1024)
    const interrupted = engine.docker('pull', reference).catch(() => undefined)
    await held
    await entrepot.kill('SIGKILL')
    link.release()
    await entrepot.start()
    await interrupted
    await engine.docker('pull', reference)

    const { root, platforms } = await builtImage('toolbox')
    expect(await engine.imageDigest(reference)).toBe(root.digest)
    expect(await engine.docker('run', '--rm', reference)).toBe('hello from a layer\n')
    const [largest] = platforms.flatMap(({ layers }) => layers).sort((a, b) => b.sizeBytes - a.sizeBytes)
    const downloads = registry.requests.filter(({ url }) => url.endsWith(`/blobs/${largest?.digest}`))
    expect(downloads.map(({ status }) => status)).toEqual([200, 206])
    expect(downloads[1]?.bytes).toBeLessThan(largest?.sizeBytes ?? 0)
  })
})
