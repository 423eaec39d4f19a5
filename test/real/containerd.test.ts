import { expect, test } from 'vitest'
import { CONTAINERD, IMAGES } from '../support/real/component.ts'
import { startContainerd } from '../support/real/containerd.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { builtImage } from '../support/real/images.ts'

describeWith([...CONTAINERD, 'docker-registry', ...IMAGES], 'containerd', () => {
  test('asks a mirror with the name of the registry it stands for', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    const mirrors = { 'docker.io': registry.url, _default: registry.url }
    await using containerd = await startContainerd({ mirrors })
    const { root } = await builtImage('busybox')

    await containerd.pull('docker.io/library/busybox:latest')
    await containerd.pull(`ghcr.io/library/busybox@${root.digest}`)
    expect(await containerd.imageDigest('docker.io/library/busybox:latest')).toBe(root.digest)
    const urls = registry.requests.map(({ url }) => url)
    expect(urls).toContain('/v2/library/busybox/manifests/latest?ns=docker.io')
    expect(urls).toContain(`/v2/library/busybox/manifests/${root.digest}?ns=ghcr.io`)
  })
})
