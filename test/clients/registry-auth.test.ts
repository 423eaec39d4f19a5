import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Cleanups } from '../support/real/cleanups.ts'
import { IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { pullOverHttp } from '../support/real/http-pull.ts'
import { builtImage } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { startTokenServer } from '../support/real/token-server.ts'

const PASSWORD = 's3cret-of-alice'

/** The file that an upstream's passwordFile names. */
async function passwordFile(cleanups: Cleanups, password = PASSWORD): Promise<string> {
  const path = join(await scratchDir('password', cleanups), 'password')
  await writeFile(path, `${password}\n`, { mode: 0o600 })
  return path
}

function pull(entrepot: EntrepotProcess, repository: string, reference: string) {
  return pullOverHttp({ base: `${entrepot.url}/v2/${repository}/`, reference })
}

/** Tag and digest, everything from the cache. */
async function expectCached(entrepot: EntrepotProcess): Promise<void> {
  const { root } = await builtImage('busybox')
  for (const reference of ['1.35', root.digest]) {
    const pulled = await pull(entrepot, 'library/busybox', reference)
    expect(pulled.map(({ cacheStatus }) => cacheStatus)).toEqual(
      pulled.map(() => 'entrepot; hit; detail=hit'),
    )
  }
}

describeWith(['docker-registry', 'openssl', 'htpasswd', ...IMAGES], 'an upstream that asks for', () => {
  test('a password (htpasswd) gets it, and is not needed for what is cached', async () => {
    await using cleanups = new Cleanups()
    const auth = { users: { alice: PASSWORD } }
    await using registry = await startDockerRegistry({ images: ['busybox'], auth })
    const credential = { username: 'alice', passwordFile: await passwordFile(cleanups) }
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': { url: registry.url, ...credential, privateFor: ['default'] } },
    })
    await pull(entrepot, 'library/busybox', '1.35')
    await registry.stop()
    await expectCached(entrepot)
    expect(JSON.stringify(entrepot.logs)).not.toContain(PASSWORD)
  })

  test('a password, and gets a wrong one: the client is told which upstream refused', async () => {
    await using cleanups = new Cleanups()
    const auth = { users: { alice: PASSWORD } }
    await using registry = await startDockerRegistry({ images: ['busybox'], auth })
    const credential = { username: 'alice', passwordFile: await passwordFile(cleanups, 'wrong') }
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': { url: registry.url, ...credential, privateFor: ['default'] } },
    })
    await expect(pull(entrepot, 'library/busybox', '1.35')).rejects.toThrow(/40[13].*docker\.io/s)
  })

  test('a token of a user gets one, and neither is needed for what is cached', async () => {
    await using cleanups = new Cleanups()
    const users = { alice: { password: PASSWORD, repositories: ['library/*'] } }
    await using tokens = await startTokenServer({ users })
    await using registry = await startDockerRegistry({ images: ['busybox'], auth: { tokens } })
    const credential = { username: 'alice', passwordFile: await passwordFile(cleanups) }
    const tokenHosts = [new URL(tokens.realm).host]
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': { url: registry.url, ...credential, tokenHosts, privateFor: ['default'] } },
    })
    await pull(entrepot, 'library/busybox', '1.35')
    expect(tokens.requests.map(({ user }) => user)).toContain('alice')

    await tokens.stop()
    await registry.stop()
    await expectCached(entrepot)
    expect(JSON.stringify(entrepot.logs)).not.toContain(PASSWORD)
  })

  test('a token of anyone gets one, and neither is needed for what is cached', async () => {
    await using tokens = await startTokenServer({ anonymous: ['library/busybox'] })
    await using registry = await startDockerRegistry({ images: ['busybox', 'toolbox'], auth: { tokens } })
    const tokenHosts = [new URL(tokens.realm).host]
    await using entrepot = await startEntrepot({
      upstreams: { 'docker.io': { url: registry.url, tokenHosts } },
    })
    await pull(entrepot, 'library/busybox', '1.35')
    await expect(pull(entrepot, 'library/toolbox', '1.0')).rejects.toThrow(/docker\.io/)

    await tokens.stop()
    await registry.stop()
    await expectCached(entrepot)
  })

  test('nothing', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    await using entrepot = await startEntrepot({ upstreams: { 'docker.io': registry.url } })
    const first = await pull(entrepot, 'library/busybox', '1.35')
    expect(first.map(({ cacheStatus }) => cacheStatus)).not.toContain('entrepot; hit; detail=hit')
    await registry.stop()
    await expectCached(entrepot)
    expect((await entrepot.stop())?.code).toBe(0)
  })
})
