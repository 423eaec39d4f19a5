import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, get as insecureGet } from 'node:http'
import { Agent, get } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerClient } from '../../src/cli/server-client.ts'
import type { TlsSettings } from '../../src/config/settings.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type ProxyOptions, type RunningProxy, startProxy } from '../support/start-proxy.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'
import { renewedCertificate, type TestCertificate, testCertificate } from '../support/tls/certificate.ts'

const LOOK_MS = 60_000
const WAIT_MS = 8_000
const OLD = testCertificate()
const NEW = renewedCertificate()
const TRUSTED = [OLD.cert, NEW.cert]

let dir: TempDir
let upstream: ScriptedUpstream
let proxy: RunningProxy
let files: TlsSettings

beforeEach(async () => {
  dir = await makeTempDir()
  upstream = await startScriptedUpstream()
  files = { certFile: join(dir.path, 'cert.pem'), keyFile: join(dir.path, 'key.pem') }
  await put(OLD)
  proxy = await start()
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
  await dir[Symbol.asyncDispose]()
})

async function put({ cert, key }: TestCertificate): Promise<void> {
  await writeFile(files.certFile, cert)
  await writeFile(files.keyFile, key)
}

function start(options: Partial<ProxyOptions> = {}): Promise<RunningProxy> {
  return startProxy({ upstreams: { 'docker.io': upstream.url }, tls: files, ...options })
}

function port(): number {
  return Number(new URL(proxy.url).port)
}

/** The certificate that a new connection is shown, as PEM text without line ends. */
async function shown(): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: port(), ca: TRUSTED })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return raw.toString('base64')
}

function bare({ cert }: TestCertificate): string {
  return cert.replace(/-----[A-Z ]+-----|\s/g, '')
}

/** Minutes pass until the files were looked at, and `seen` resolves with `want`. */
async function untilLooked<T>(seen: () => T | Promise<T>, want: T): Promise<void> {
  const later = () => {
    proxy.clock.advance(LOOK_MS)
    return seen()
  }
  await expect.poll(later, { timeout: WAIT_MS }).toEqual(want)
}

function fetchOver(agent: Agent, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${proxy.url}${path}`, { agent, ca: TRUSTED }, resolve).once('error', reject)
  })
}

async function bodyOf(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of reply as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('with a certificate', () => {
  test('clients pull over TLS, and control.sock is as it was', async () => {
    expect(proxy.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const blob = upstream.addBlob('library/app', randomBytes(3_000_000))
    using agent = disposable(new Agent({ keepAlive: true }))
    for (const range of ['miss', 'hit']) {
      const reply = await fetchOver(agent.it, `/v2/library/app/blobs/${blob.digest}`)
      expect(reply.headers['cache-status']).toContain(`detail=${range}`)
      expect(digestOf(await bodyOf(reply))).toBe(blob.digest)
      await proxy.blobCommitted(blob.digest)
    }
    const client = new ServerClient(join(proxy.storagePath, 'control.sock'))
    expect((await client.list({ limit: 10 })).images).toEqual([])
    await client.close()
  })

  test('plain HTTP gets no answer of the registry', async () => {
    const asking = new Promise<number | undefined>((resolve, reject) => {
      insecureGet(`http://127.0.0.1:${port()}/v2/`, (reply) => {
        reply.resume()
        resolve(reply.statusCode)
      }).once('error', reject)
    })
    expect(await asking.catch(() => 400)).toBe(400)
  })

  test.each([
    { version: 'TLSv1.1' as const, works: false },
    { version: 'TLSv1.2' as const, works: true },
    { version: 'TLSv1.3' as const, works: true },
  ])('$version is accepted: $works', async ({ version, works }) => {
    // The client has to be willing, for the refusal to be the server's.
    const willing = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0', ca: TRUSTED }
    const socket = connect({ host: '127.0.0.1', port: port(), ...willing })
    const connected = once(socket, 'secureConnect')
    if (works) await connected
    else await expect(connected).rejects.toMatchObject({ code: /TLSV1_ALERT_PROTOCOL_VERSION/ })
    socket.destroy()
  })

  const strangers: { name: string; open: () => Socket | TLSSocket; says: string }[] = [
    { name: 'never begins the handshake', open: () => connectPlain(port(), '127.0.0.1'), says: '' },
    {
      name: 'never begins a request',
      open: () => connect({ host: '127.0.0.1', port: port(), ca: TRUSTED }),
      says: 'HTTP/1.1 408',
    },
  ]
  test.each(strangers)('a connection that $name is closed as without TLS', async ({ open, says }) => {
    await proxy[Symbol.asyncDispose]()
    proxy = await start({ limits: { headersMs: 200, requestMs: 200, checkMs: 50 } })
    const socket = open()
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
    socket.on('error', () => {})
    await once(socket, 'close')
    expect(heard.slice(0, says.length)).toBe(says)
  })

  test('no more connections than allowed', async () => {
    await proxy[Symbol.asyncDispose]()
    proxy = await start({ limits: { maxConnections: 1 } })
    const first = connect({ host: '127.0.0.1', port: port(), ca: TRUSTED })
    await once(first, 'secureConnect')
    const second = connectPlain(port(), '127.0.0.1')
    second.on('error', () => {})
    await once(second, 'close')
    first.destroy()
  })
})

describe('a renewed certificate', () => {
  test('is shown to new connections within a minute, and those that are open go on', async () => {
    using agent = disposable(new Agent({ keepAlive: true, maxSockets: 1 }))
    await bodyOf(await fetchOver(agent.it, '/v2/'))
    expect(await shown()).toBe(bare(OLD))
    await put(NEW)
    await untilLooked(shown, bare(NEW))
    expect(proxy.log.of('certificate.renewed')).toHaveLength(1)
    const reply = await fetchOver(agent.it, '/v2/')
    expect(reply.statusCode).toBe(200)
    expect((reply.socket as TLSSocket).getPeerCertificate().raw.toString('base64')).toBe(bare(OLD))
    await bodyOf(reply)
  })

  test('of which only one file is there yet is waited for, and said once', async () => {
    await writeFile(files.certFile, NEW.cert)
    const refusals = () => proxy.log.of('certificate.refused').length
    await untilLooked(refusals, 1)
    for (let minute = 0; minute < 3; minute += 1) {
      proxy.clock.advance(LOOK_MS)
      expect(await shown()).toBe(bare(OLD))
    }
    expect(refusals()).toBe(1)
    await writeFile(files.keyFile, NEW.key)
    await untilLooked(shown, bare(NEW))
  })

  test('that nobody can use now is told in the log', async () => {
    // The test's clock stands before the certificate's first day.
    expect(proxy.log.of('certificate.invalid')).toMatchObject([{ fields: { validity: 'not-yet' } }])
    proxy.clock.advance(Date.parse('2127-01-01T00:00:00Z') - proxy.clock.now())
    await untilLooked(() => proxy.log.of('certificate.invalid').length, 2)
    expect(proxy.log.of('certificate.invalid')[1]).toMatchObject({ fields: { validity: 'expired' } })
  })
})

function disposable(it: Agent): Disposable & { readonly it: Agent } {
  return { it, [Symbol.dispose]: () => it.destroy() }
}
