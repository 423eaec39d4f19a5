import { describe, expect, test } from 'vitest'
import { IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { pullOverHttp } from '../support/real/http-pull.ts'
import { builtImage } from '../support/real/images.ts'
import { startTokenServer } from '../support/real/token-server.ts'

describeWith(['docker-registry', 'openssl', 'htpasswd', ...IMAGES], 'docker-registry', () => {
  test('serves a pushed image whole, logs each request, keeps port and data over a stop', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox', 'toolbox'] })
    const { root } = await builtImage('toolbox')
    const base = `${registry.url}/v2/library/toolbox/`
    const pulled = await pullOverHttp({ base, reference: root.digest })
    expect(pulled).toHaveLength(1 + 1 + 5)
    await expect.poll(() => registry.requests.length).toBe(pulled.length)

    await registry.stop()
    await expect(pullOverHttp({ base, reference: 'latest' })).rejects.toThrow('fetch failed')
    await registry.start()
    await pullOverHttp({ base, reference: 'latest' })
    await expect.poll(() => registry.requests.length).toBe(2 * pulled.length)
  })

  test('proxies another registry', async () => {
    await using registry = await startDockerRegistry({ images: ['busybox'] })
    await using proxy = await startDockerRegistry({ remoteUrl: registry.url })
    const { root } = await builtImage('busybox')
    await pullOverHttp({ base: `${proxy.url}/v2/library/busybox/`, reference: root.digest })
    expect(registry.requests.map(({ status }) => status)).toContain(200)
  })

  describe('lets in', () => {
    const basic = `Basic ${Buffer.from('alice:s3cret').toString('base64')}`

    test('a user of its htpasswd file and nobody else', async () => {
      await using registry = await startDockerRegistry({ auth: { users: { alice: 's3cret' } } })
      const status = async (headers: Record<string, string>) =>
        (await fetch(`${registry.url}/v2/`, { headers })).status
      expect(await status({})).toBe(401)
      expect(await status({ authorization: basic.slice(0, -4) })).toBe(401)
      expect(await status({ authorization: basic })).toBe(200)
    })

    test('who brings a token of its token server, for the repositories in it', async () => {
      const users = { alice: { password: 's3cret', repositories: ['library/busybox'] } }
      await using tokens = await startTokenServer({ users })
      await using registry = await startDockerRegistry({ auth: { tokens }, images: ['busybox', 'toolbox'] })
      const pull = async (repository: string, headers: Record<string, string>) => {
        const path = `/v2/${repository}/tags/list`
        const challenge = (await fetch(`${registry.url}${path}`)).headers.get('www-authenticate')
        expect(challenge).toContain(`realm="${tokens.realm}"`)
        const scope = `repository:${repository}:pull`
        const service = /service="([^"]+)"/.exec(challenge ?? '')?.[1] ?? ''
        const query = new URLSearchParams({ scope, service })
        const granted: { token?: string } = JSON.parse(
          await (await fetch(`${tokens.realm}?${query}`, { headers })).text(),
        )
        const authorization = `Bearer ${granted.token}`
        return (await fetch(`${registry.url}${path}`, { headers: { authorization } })).status
      }
      expect(await pull('library/busybox', { authorization: basic })).toBe(200)
      expect(await pull('library/toolbox', { authorization: basic })).toBe(401)
      expect(await pull('library/busybox', {})).toBe(401)
      expect(tokens.requests.map(({ user }) => user)).toEqual(['alice', 'alice', ''])
    })
  })
})
