import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'

let upstream: ScriptedUpstream
let proxy: RunningProxy

beforeAll(async () => {
  upstream = await startScriptedUpstream()
  upstream.addImage('library/app', { tags: ['1'] })
  const limits = { headersMs: 300, requestMs: 600, checkMs: 100, keepAliveMs: 300, maxConnections: 60 }
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, limits })
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

function dial(): Socket {
  const { hostname, port } = new URL(proxy.url)
  // Half open: such a client never sends its FIN in answer to ours.
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.on('error', () => {})
  return socket
}

/** What the server said until it ended the connection. */
async function untilEnded(socket: Socket): Promise<string> {
  let said = ''
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await Promise.race([once(socket, 'end'), once(socket, 'close')])
  socket.destroy()
  return said
}

async function servesOthers(): Promise<void> {
  expect((await proxy.get('/v2/library/app/manifests/1')).status).toBe(200)
}

describe('a client that', () => {
  test('says nothing is disconnected, and so is one that trickles its head', async () => {
    const silent = Array.from({ length: 20 }, dial)
    const trickling = dial()
    trickling.write('GET /v2/ HTTP/1.1\r\n')
    const timer = setInterval(() => trickling.write('X-A: b\r\n'), 50)
    await servesOthers()
    const ends = await Promise.all([...silent, trickling].map(untilEnded))
    clearInterval(timer)
    expect(ends).toHaveLength(21)
    await servesOthers()
  })

  test('keeps a connection without using it is disconnected', async () => {
    const socket = dial()
    socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    expect(await untilEnded(socket)).toMatch(/^HTTP\/1.1 200 /)
  })

  test('sends a flood of headers is refused', async () => {
    const large = dial()
    large.write(`GET /v2/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`)
    expect(await untilEnded(large)).toMatch(/^HTTP\/1.1 431 /)
    await servesOthers()
  })

  test('sends what is not HTTP is refused', async () => {
    const socket = dial()
    socket.write('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')
    expect(await untilEnded(socket)).toMatch(/^HTTP\/1.1 400 /)
    await servesOthers()
  })

  test('opens more connections than there are is not accepted, and others are served when it leaves', async () => {
    const sockets = Array.from({ length: 80 }, dial)
    await Promise.all(sockets.map(untilEnded))
    await servesOthers()
  })

  test('leaves in the middle of blob after blob costs neither buffers nor files', async () => {
    const { layers } = upstream.addImage('library/large', {
      tags: ['1'],
      layers: [Buffer.alloc(8 * 1024 * 1024, 7)],
    })
    const path = `/v2/library/large/blobs/${layers[0]?.digest}`
    await (await proxy.get(path)).arrayBuffer()
    for (let round = 0; round < 30; round += 1) {
      const socket = dial()
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
      await once(socket, 'data')
      socket.destroy()
    }
    await expect.poll(() => proxy.log.of('request.abandoned').length, { timeout: 5_000 }).toBe(30)
    await servesOthers()
  })
})
