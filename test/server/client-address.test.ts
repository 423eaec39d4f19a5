import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { compileNetworks } from '../../src/auth/networks.ts'
import { originOf } from '../../src/server/client-address.ts'

const PROXY = '192.0.2.7'
const CLIENT = '198.51.100.4'

function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
  const message = new IncomingMessage(socket)
  Object.assign(message.headers, { host: 'cache:5000', ...headers })
  return message
}

const isTrusted = compileNetworks([PROXY, '10.0.0.0/8'])

describe('where a request came from', () => {
  test.each([
    {
      what: 'directly',
      from: CLIENT,
      headers: {},
      want: { address: CLIENT, isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'with headers of its own invention',
      from: CLIENT,
      headers: { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil' },
      want: { address: CLIENT, isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'through a proxy that we trust',
      from: PROXY,
      headers: {
        'x-forwarded-for': CLIENT,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'cache.example',
      },
      want: { address: CLIENT, isSecure: true, host: 'cache.example' },
    },
    {
      what: 'through two of them, claiming to be somebody else',
      from: PROXY,
      headers: { 'x-forwarded-for': `127.0.0.1, ${CLIENT}, 10.1.1.1` },
      want: { address: CLIENT, isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'through a proxy that says nothing',
      from: PROXY,
      headers: {},
      want: { address: PROXY, isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'with something that is no address',
      from: PROXY,
      headers: { 'x-forwarded-for': 'unknown' },
      want: { address: PROXY, isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'from a proxy itself',
      from: PROXY,
      headers: { 'x-forwarded-for': '10.1.1.1' },
      want: { address: '10.1.1.1', isSecure: false, host: 'cache:5000' },
    },
    {
      what: 'with a host that is no host',
      from: CLIENT,
      headers: { host: 'cache/../evil", realm="x' },
      want: { address: CLIENT, isSecure: false, host: undefined },
    },
  ])('$what', ({ from, headers, want }) => {
    expect(originOf(request(from, headers), isTrusted)).toEqual(want)
  })
})
