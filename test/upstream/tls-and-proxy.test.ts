import { describe, expect, test } from 'vitest'
import { startForwardProxy } from '../support/forward-proxy.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'
import { testCertificate } from '../support/tls/certificate.ts'
import { app, failureOf, openUpstream, readAll, refer } from './open-upstream.ts'

const latest = refer('latest')

describe('TLS', () => {
  test('a private authority is trusted when it is named, and only then', async () => {
    const tls = testCertificate()
    await using trusting = await openUpstream({ scripted: { tls }, http: { ca: tls.cert } })
    const { manifest } = trusting.scripted.addImage(app)
    expect((await trusting.upstream.resolve(app, latest, {})).digest).toBe(manifest.digest)
    await using wary = await openUpstream({ scripted: { tls } })
    wary.scripted.addImage(app)
    const error = await failureOf(wary.upstream.resolve(app, latest, {}))
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/SELF_SIGNED/) })
    expect(wary.scripted.count()).toBe(0)
  })

  test('something that is not TLS, or not HTTP', async () => {
    await using plain = await openUpstream()
    const url = new URL(plain.scripted.url.replace('http:', 'https:'))
    await using open = await openUpstream({ http: { url } })
    expect(await failureOf(open.upstream.resolve(app, latest, {}))).toMatchObject({ code: 'unreachable' })
  })
})

describe('a proxy', () => {
  test('https goes through a tunnel', async () => {
    const tls = testCertificate()
    await using target = await startScriptedUpstream({ tls })
    await using proxy = await startForwardProxy(target.url)
    const http = { url: new URL('https://registry.example'), ca: tls.cert, proxy: { https: proxy.url } }
    await using open = await openUpstream({ http })
    const image = target.addImage(app)
    expect((await open.upstream.fetchManifest(app, latest, {})).digest).toBe(image.manifest.digest)
    const [layer] = image.layers
    const { body } = await open.upstream.fetchBlob(app, layer?.digest ?? image.config.digest, {})
    expect((await readAll(body)).equals(layer?.bytes ?? Buffer.alloc(0))).toBe(true)
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT registry.example:443']))
  })

  test('http is asked of it with the whole URL', async () => {
    await using target = await startScriptedUpstream()
    await using proxy = await startForwardProxy(target.url)
    const http = { url: new URL('http://registry.example'), proxy: { http: proxy.url } }
    await using open = await openUpstream({ http })
    const image = target.addImage(app)
    expect((await open.upstream.fetchManifest(app, latest, {})).digest).toBe(image.manifest.digest)
    expect(proxy.asked).toEqual(['GET http://registry.example/v2/library/app/manifests/latest'])
  })

  test('a private address is refused before the proxy hears of it, unless allowed', async () => {
    await using target = await startScriptedUpstream()
    await using proxy = await startForwardProxy(target.url)
    const http = { url: new URL('http://10.0.0.5:5000'), proxy: { http: proxy.url } }
    await using wary = await openUpstream({ http })
    expect(await failureOf(wary.upstream.resolve(app, latest, {}))).toMatchObject({ code: 'refused' })
    expect(proxy.asked).toEqual([])
    await using open = await openUpstream({ http: { ...http, allowNetworks: ['10.0.0.0/8'] } })
    const image = target.addImage(app)
    expect((await open.upstream.resolve(app, latest, {})).digest).toBe(image.manifest.digest)
  })

  test('loopback is direct', async () => {
    await using open = await openUpstream({ http: { proxy: { http: 'http://127.0.0.1:1' } } })
    const image = open.scripted.addImage(app)
    expect((await open.upstream.resolve(app, latest, {})).digest).toBe(image.manifest.digest)
  })
})
