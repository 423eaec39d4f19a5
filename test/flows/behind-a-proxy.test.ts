import { afterEach, describe, expect, test } from 'vitest'
import { basic } from '../support/authorization.ts'
import { sendRaw } from '../support/send-raw.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from '../support/start-proxy.ts'

const HOST = 'registry.example'
const MISSING = '/v2/library/app/manifests/1'

let server: RunningProxy

afterEach(() => server[Symbol.asyncDispose]())

async function start(options: Partial<ProxyOptions>): Promise<void> {
  server = await startProxy({ upstreams: { 'docker.io': 'http://127.0.0.1:1' }, ...options })
}

const send = (path: string, headers: Record<string, string>) => sendRaw(server.url, path, { headers })

describe('X-Forwarded-* of somebody who is no trusted proxy', () => {
  test('give no address of a network that may pull anonymously', async () => {
    await start({ groups: { default: { anonymousNetworks: ['10.0.0.0/8'] } } })
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded']) {
      const value = header === 'forwarded' ? 'for=10.0.0.1' : '10.0.0.1'
      expect((await send(MISSING, { [header]: value })).status).toBe(401)
    }
  })

  test('say nothing of where tokens are', async () => {
    await start({ groups: { default: { anonymousNetworks: [] } } })
    const reply = await send('/v2/', { 'x-forwarded-host': HOST, 'x-forwarded-proto': 'https' })
    expect(reply.headers['www-authenticate']).toContain(`realm="${server.url}/jwt/auth"`)
  })

  test('give no new tries to who guesses', async () => {
    await start({ groups: { default: { anonymousNetworks: [] } } })
    const statuses: number[] = []
    for (let number = 1; number <= 11; number++) {
      const headers = { ...basic('guess'), 'x-forwarded-for': `192.0.2.${number}` }
      statuses.push((await send('/v2/', headers)).status)
    }
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('X-Forwarded-* of a trusted proxy', () => {
  const trusted = { trustedProxies: ['127.0.0.1'] }

  test('give the address that networks are compared with, and only the part that the proxy wrote', async () => {
    await start({ ...trusted, groups: { default: { anonymousNetworks: ['10.0.0.0/8'] } } })
    const statusFor = async (hops: string) => (await send(MISSING, { 'x-forwarded-for': hops })).status
    expect(await statusFor('10.0.0.1')).toBe(502)
    expect(await statusFor('203.0.113.5, 10.0.0.1')).toBe(502)
    // What stands before the last one is what the client claims.
    expect(await statusFor('10.0.0.1, 203.0.113.5')).toBe(401)
    expect(await statusFor('203.0.113.5')).toBe(401)
    expect(await statusFor('10.0.0.1, nonsense')).toBe(401)
  })

  test('say where tokens are', async () => {
    await start({ ...trusted, groups: { default: { anonymousNetworks: [] } } })
    const reply = await send('/v2/', { 'x-forwarded-host': HOST, 'x-forwarded-proto': 'https' })
    expect(reply.headers['www-authenticate']).toContain(`realm="https://${HOST}/jwt/auth"`)
  })

  test('tell those who guess from each other, and name them in what is written down', async () => {
    await start({ ...trusted, groups: { default: { anonymousNetworks: [] } } })
    const guess = (address: string) => send('/v2/', { ...basic('guess'), 'x-forwarded-for': address })
    for (let number = 1; number <= 11; number++) await guess('192.0.2.1')
    expect((await guess('192.0.2.1')).status).toBe(429)
    expect((await guess('192.0.2.2')).status).toBe(401)
    expect(server.log.of('login.refused').at(-1)?.fields.from).toBe('192.0.2.2')
  })

  test('are not what says that a client is on this machine', async () => {
    await start({ ...trusted, groups: { default: { anonymousNetworks: undefined } } })
    expect((await send(MISSING, { 'x-forwarded-for': '127.0.0.1' })).status).toBe(401)
  })
})
