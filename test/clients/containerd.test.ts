import { expect, test } from 'vitest'
import { CONTAINERD, IMAGES } from '../support/real/component.ts'
import { startContainerd } from '../support/real/containerd.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { builtImage } from '../support/real/images.ts'
import { begunSince, outcomes } from './outcomes.ts'

describeWith([...CONTAINERD, 'docker-registry', ...IMAGES], 'containerd pulls through Entrepot', () => {
  test('from two registries by hosts.toml, and again when both are gone', async () => {
    await using hub = await startDockerRegistry({ images: ['busybox'] })
    await using github = await startDockerRegistry({ images: ['toolbox'] })
    await using entrepot = await startEntrepot({ upstreams: { 'docker.io': hub.url, 'ghcr.io': github.url } })
    await using containerd = await startContainerd({ mirrors: { _default: entrepot.url } })
    const busybox = (await builtImage('busybox')).root.digest
    const toolbox = (await builtImage('toolbox')).root.digest
    const pulls = [
      { reference: 'docker.io/library/busybox:1.35', digest: busybox },
      { reference: `docker.io/library/busybox@${busybox}`, digest: busybox },
      { reference: 'ghcr.io/library/toolbox:1.0', digest: toolbox },
      { reference: `ghcr.io/library/toolbox@${toolbox}`, digest: toolbox },
    ]
    const pullAll = async () => {
      for (const { reference, digest } of pulls) {
        await containerd.pull(reference)
        expect(await containerd.imageDigest(reference)).toBe(digest)
        await containerd.removeAllImages()
      }
    }
    await pullAll()
    expect(hub.requests.every(({ url }) => !url.includes('toolbox'))).toBe(true)
    expect(github.requests.every(({ url }) => !url.includes('busybox'))).toBe(true)

    await hub.stop()
    await github.stop()
    const since = Date.now()
    await pullAll()
    expect(new Set(outcomes(begunSince(entrepot.logs, since)))).toEqual(new Set(['hit']))
  })

  test('but not from a registry that is not configured', async () => {
    await using hub = await startDockerRegistry({ images: ['busybox'] })
    await using entrepot = await startEntrepot({ upstreams: { 'docker.io': hub.url } })
    await using containerd = await startContainerd({ mirrors: { _default: entrepot.url } })
    await expect(containerd.pull('registry.example/library/busybox:1.35')).rejects.toThrow(/not found/)
    expect(hub.requests).toHaveLength(0)
  })
})
