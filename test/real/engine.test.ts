import { expect, test } from 'vitest'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { startEngine } from '../support/real/engine.ts'
import { builtImage } from '../support/real/images.ts'

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'Docker Engine', () => {
  test('pulls what was built here and runs it, sees its layers as made, forgets it on request', async () => {
    await using engine = await startEngine()
    const images = ['busybox', 'toolbox'] as const
    await using registry = await startDockerRegistry({ host: engine.hostAddress, images })

    const toolbox = `${registry.address}/library/toolbox:1.0`
    await engine.docker('pull', toolbox)
    expect(await engine.imageDigest(toolbox)).toBe((await builtImage('toolbox')).root.digest)
    const look = 'greet; cat /srv/notes/folder-0/note-0.txt; ls /srv/notes/folder-0 | wc -l'
    expect(await engine.docker('run', '--rm', toolbox, 'sh', '-c', look)).toBe(
      'hello from a layer\nreplaced\n49\n',
    )

    await engine.removeAllImages()
    registry.forgetRequests()
    await engine.docker('pull', toolbox)
    const blobs = registry.requests.filter(({ url }) => url.includes('/blobs/'))
    expect(blobs).toHaveLength(6)
  })

  test('two of them do not meet', async () => {
    await using one = await startEngine()
    await using other = await startEngine()
    expect(one.hostAddress).not.toBe(other.hostAddress)
    const ids = await Promise.all([one, other].map((engine) => engine.docker('info', '--format', '{{.ID}}')))
    expect(new Set(ids).size).toBe(2)
  })
})
