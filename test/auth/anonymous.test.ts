import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { compileAnonymousPolicy, mayPullAnonymously } from '../../src/auth/anonymous.ts'

const LOOPBACK_ONLY = { networks: undefined, externalUrl: undefined }
const LOCAL_HEADERS = { host: '127.0.0.1:5000', 'user-agent': 'docker/26.1.5', accept: '*/*' }
const LOCAL = { peerAddress: '127.0.0.1', headers: LOCAL_HEADERS }

describe('without networks', () => {
  test.each([
    { peerAddress: '127.0.0.1', want: true },
    { peerAddress: '127.9.9.9', want: true },
    { peerAddress: '::1', want: true },
    { peerAddress: '::ffff:127.0.0.1', want: true },
    { peerAddress: '::ffff:192.0.2.1', want: false },
    { peerAddress: '10.0.0.1', want: false },
    { peerAddress: '172.17.0.1', want: false },
    { peerAddress: '192.0.2.1', want: false },
    { peerAddress: '0.0.0.0', want: false },
    { peerAddress: '2001:db8::1', want: false },
    { peerAddress: 'fe80::1%eth0', want: false },
    { peerAddress: '', want: false },
  ])('a peer at "$peerAddress": $want', ({ peerAddress, want }) => {
    expect(mayPullAnonymously({ ...LOCAL, peerAddress }, LOOPBACK_ONLY)).toBe(want)
  })

  test.each([
    { host: '127.0.0.1:5000', want: true },
    { host: '127.0.0.1', want: true },
    { host: 'localhost', want: true },
    { host: 'localhost:5000', want: true },
    { host: 'localhost.:5000', want: true },
    { host: 'hub.localhost:5000', want: true },
    { host: '[::1]:5000', want: true },
    { host: '127.0.0.1.evil.com', want: false },
    { host: 'evil.com:5000', want: false },
    { host: 'localhost.evil.com', want: false },
    { host: '192.0.2.1:5000', want: false },
    { host: 'cache.example', want: false },
    { host: '', want: false },
    { host: undefined, want: false },
    { host: ['127.0.0.1:5000'], want: false },
  ])('Host $host: $want', ({ host, want }) => {
    expect(mayPullAnonymously({ ...LOCAL, headers: { ...LOCAL_HEADERS, host } }, LOOPBACK_ONLY)).toBe(want)
  })

  test.each([
    { name: 'origin', value: 'http://evil.com', want: false },
    { name: 'origin', value: 'http://127.0.0.1:5000', want: false },
    { name: 'origin', value: 'null', want: false },
    { name: 'sec-fetch-site', value: 'cross-site', want: false },
    { name: 'sec-fetch-site', value: 'same-site', want: false },
    { name: 'sec-fetch-site', value: 'something-new', want: false },
    { name: 'sec-fetch-site', value: '', want: false },
    { name: 'sec-fetch-site', value: 'none, cross-site', want: false },
    { name: 'sec-fetch-site', value: 'same-origin', want: true },
    { name: 'sec-fetch-site', value: 'none', want: true },
    { name: 'sec-fetch-mode', value: 'navigate', want: true },
    { name: 'sec-fetch-dest', value: 'document', want: true },
    { name: 'sec-fetch-user', value: '?1', want: true },
    { name: 'forwarded', value: 'for=192.0.2.1', want: false },
    { name: 'forwarded', value: '', want: false },
    { name: 'x-forwarded-for', value: '127.0.0.1', want: false },
    { name: 'x-forwarded-for', value: '', want: false },
    { name: 'x-forwarded-for', value: ['127.0.0.1', '192.0.2.1'], want: false },
    { name: 'x-forwarded-host', value: 'localhost', want: false },
    { name: 'x-forwarded-proto', value: 'https', want: false },
    { name: 'x-forwarded-port', value: '443', want: false },
    { name: 'x-forwarded-server', value: 'a', want: false },
    { name: 'x-forwarded-prefix', value: '/a', want: false },
    { name: 'x-forwarded-anything', value: '1', want: false },
    { name: 'x-real-ip', value: '127.0.0.1', want: false },
    { name: 'via', value: '1.1 proxy', want: false },
    { name: 'x-forwarded-for', value: undefined, want: true },
    { name: 'x-request-id', value: '1', want: true },
    { name: 'authorization', value: 'Basic YTpi', want: true },
    { name: 'range', value: 'bytes=0-', want: true },
  ])('$name: $value: $want', ({ name, value, want }) => {
    const headers = { ...LOCAL_HEADERS, [name]: value }
    expect(mayPullAnonymously({ ...LOCAL, headers }, LOOPBACK_ONLY)).toBe(want)
  })

  test.each([
    { externalUrl: 'http://127.0.0.1:5000', want: true },
    { externalUrl: 'http://localhost:5000/', want: true },
    { externalUrl: 'https://LOCALHOST', want: true },
    { externalUrl: 'http://[::1]:5000', want: true },
    { externalUrl: 'https://cache.example', want: false },
    { externalUrl: 'http://192.0.2.1:5000', want: false },
    { externalUrl: 'http://127.0.0.1.evil.com', want: false },
    { externalUrl: 'http://localhost@cache.example', want: false },
    { externalUrl: 'no url', want: false },
    { externalUrl: '', want: false },
  ])('externalUrl "$externalUrl": $want', ({ externalUrl, want }) => {
    expect(mayPullAnonymously(LOCAL, { networks: undefined, externalUrl })).toBe(want)
  })
})

describe('with networks', () => {
  const policy = { networks: ['10.0.0.0/8', '::1'], externalUrl: 'https://cache.example' }

  test.each([
    { peerAddress: '10.1.2.3', want: true },
    { peerAddress: '::ffff:10.1.2.3', want: true },
    { peerAddress: '::1', want: true },
    { peerAddress: '127.0.0.1', want: false },
    { peerAddress: '192.0.2.1', want: false },
    { peerAddress: '', want: false },
  ])('a peer at "$peerAddress": $want, whatever its headers say', ({ peerAddress, want }) => {
    const headers = { host: 'cache.example', 'x-forwarded-for': '10.1.2.3', origin: 'http://evil.com' }
    expect(mayPullAnonymously({ peerAddress, headers }, policy)).toBe(want)
    expect(mayPullAnonymously({ peerAddress, headers: {} }, policy)).toBe(want)
  })

  test('none of them admits nobody, not even this host', () => {
    expect(mayPullAnonymously(LOCAL, { networks: [], externalUrl: undefined })).toBe(false)
  })
})

describe('a refusal says why', () => {
  const gate = compileAnonymousPolicy(LOOPBACK_ONLY)

  test.each([
    { name: 'the peer', given: { ...LOCAL, peerAddress: '10.0.0.1' }, reason: 'from this host' },
    { name: 'the Host', given: { ...LOCAL, headers: { host: 'a.example' } }, reason: 'Host' },
    { name: 'a proxy', given: { ...LOCAL, headers: { ...LOCAL_HEADERS, via: '1.1 a' } }, reason: 'via' },
    {
      name: 'a web page',
      given: { ...LOCAL, headers: { ...LOCAL_HEADERS, 'sec-fetch-site': 'cross-site' } },
      reason: 'web page',
    },
  ])('$name', ({ given, reason }) => {
    expect(gate(given)).toMatchObject({ allowed: false, reason: expect.stringContaining(reason) })
  })

  test('externalUrl and networks', () => {
    const outside = compileAnonymousPolicy({ networks: ['10.0.0.0/8'], externalUrl: undefined })(LOCAL)
    expect(outside).toMatchObject({ reason: expect.stringContaining('networks') })
    const behind = compileAnonymousPolicy({ networks: undefined, externalUrl: 'https://a.example' })(LOCAL)
    expect(behind).toMatchObject({ reason: expect.stringContaining('externalUrl') })
  })
})

describe('on a real socket', () => {
  test.each([
    { name: 'a plain client', headers: {}, want: true },
    { name: 'a header in odd case', headers: { 'X-FORWARDED-FOR': '192.0.2.1' }, want: false },
    { name: 'a header sent twice', headers: { Via: ['1.1 a', '1.1 b'] }, want: false },
    { name: 'a rebound name', headers: { Host: 'evil.com' }, want: false },
  ])('$name: $want', async ({ headers, want }) => {
    const gate = compileAnonymousPolicy(LOOPBACK_ONLY)
    const server = createServer((incoming, reply) => {
      const peerAddress = incoming.socket.remoteAddress ?? ''
      reply.end(String(gate({ peerAddress, headers: incoming.headers }).allowed))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const answer = await new Promise<string>((resolve, reject) => {
        const asked = request({ port, host: '127.0.0.1', headers, agent: false, timeout: 5000 }, (reply) => {
          reply.setEncoding('utf8').once('data', resolve)
        })
        asked.once('error', reject).end()
      })
      expect(answer).toBe(String(want))
    } finally {
      server.close()
    }
  })
})
