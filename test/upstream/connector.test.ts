import type { LookupAddress, LookupAllOptions, lookup as lookupName } from 'node:dns'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { AddressPolicy } from '../../src/upstream/address-policy.ts'
import { AddressRefusedError, buildGuardedConnector } from '../../src/upstream/connector.ts'
import { startScriptedUpstream } from '../support/scripted-upstream.ts'

type Lookup = typeof lookupName

/** A resolver that gives one list of addresses after the other, and the last for ever. */
function resolver(...answers: string[][]): Lookup {
  const lookup = (
    _name: string,
    _options: LookupAllOptions,
    callback: (error: null, found: LookupAddress[]) => void,
  ) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    callback(
      null,
      (answer ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return lookup as unknown as Lookup
}

function dial(
  hostname: string,
  port: string,
  policy: Pick<AddressPolicy, 'allows'>,
  lookup?: Lookup,
): Promise<Socket> {
  const connect = buildGuardedConnector({
    policy,
    secureContext: undefined,
    connectMs: 2_000,
    ...(lookup === undefined ? {} : { lookup }),
  })
  return new Promise((resolve, reject) => {
    connect({ hostname, protocol: 'http:', port }, (...[error, socket]) =>
      error ? reject(error) : resolve(socket),
    )
  })
}

const loopback = new AddressPolicy(['127.0.0.1/32'])

describe('(d20) buildGuardedConnector', () => {
  test.each(['127.0.0.1', '[::1]', '::1', '10.0.0.1', '[::ffff:127.0.0.1]'])(
    '%s is not dialled',
    async (host) => {
      await using server = await startScriptedUpstream()
      const port = new URL(server.url).port
      await expect(dial(host, port, new AddressPolicy([]))).rejects.toBeInstanceOf(AddressRefusedError)
      expect(server.connectionCount).toBe(0)
    },
  )

  test('a name is judged by its addresses', async () => {
    await using server = await startScriptedUpstream()
    const port = new URL(server.url).port
    const refusal = dial('cdn.example', port, new AddressPolicy([]), resolver(['127.0.0.1', '::1']))
    await expect(refusal).rejects.toThrow(/cdn\.example \(127\.0\.0\.1, ::1\) is not a public address/)
    expect(server.connectionCount).toBe(0)
  })

  test('of several addresses only the allowed are dialled', async () => {
    await using server = await startScriptedUpstream()
    const lookup = resolver(['127.0.0.2', '::1', '127.0.0.1'])
    const socket = await dial('cdn.example', new URL(server.url).port, loopback, lookup)
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })

  test('a name that changes its mind gains nothing', async () => {
    await using server = await startScriptedUpstream()
    const port = new URL(server.url).port
    const lookup = resolver(['127.0.0.1'], ['127.0.0.2'])
    const first = await dial('cdn.example', port, loopback, lookup)
    first.destroy()
    await expect(dial('cdn.example', port, loopback, lookup)).rejects.toBeInstanceOf(AddressRefusedError)
  })

  test('the connected peer is judged again', async () => {
    await using server = await startScriptedUpstream()
    let judged = 0
    const policy = { allows: () => judged++ === 0 }
    const refusal = dial('127.0.0.1', new URL(server.url).port, policy)
    await expect(refusal).rejects.toBeInstanceOf(AddressRefusedError)
    await expect.poll(() => server.connectionCount).toBe(0)
  })
})
