import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type ComponentName, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { startEntrepot } from '../support/real/entrepot-process.ts'
import { ACCEPT } from '../support/real/http-pull.ts'
import { builtImage } from '../support/real/images.ts'
import { startLink } from '../support/real/link.ts'
import {
  findFreePort,
  type ProxyPlace,
  type ReverseProxy,
  startCaddy,
  startNginx,
} from '../support/real/reverse-proxy.ts'
import { testCertificate } from '../support/tls/certificate.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
const ca = testCertificate().cert
const TOOLBOX = '/v2/library/toolbox/'

interface Case {
  readonly name: ComponentName
  readonly start: (port: number, entrepot: string) => Promise<ReverseProxy>
}

/** The page's own text, with this test's places in it. */
function documented(language: string, replaced: Readonly<Record<string, string>>): string {
  const [, text] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(PAGE) ?? []
  if (text === undefined) throw new Error(`the page has nothing in ${language}`)
  return Object.entries(replaced).reduce((done, [from, to]) => {
    if (!done.includes(from)) throw new Error(`the page does not say ${from}`)
    return done.replaceAll(from, to)
  }, text)
}

const CASES: readonly Case[] = [
  {
    name: 'nginx',
    start: (port, entrepot) =>
      startNginx(port, ({ certificatePath, keyPath }: ProxyPlace) =>
        documented('nginx', {
          'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
          '/etc/ssl/registry.example.com.pem': certificatePath,
          '/etc/ssl/registry.example.com.key': keyPath,
          'registry.example.com': 'registry.example',
          '10.0.0.0/8': '127.0.0.0/8',
          '127.0.0.1:5000': entrepot,
        }),
      ),
  },
  {
    name: 'caddy',
    start: (port, entrepot) =>
      startCaddy(port, ({ certificatePath, keyPath }: ProxyPlace) =>
        documented('caddyfile', {
          'registry.example.com {': `https://registry.example:${port} {\ntls ${certificatePath} ${keyPath}`,
          '10.0.0.0/8': '127.0.0.0/8',
          '127.0.0.1:5000': entrepot,
        }),
      ),
  },
]

for (const { name, start } of CASES) {
  describeWith([name, 'docker-registry', ...IMAGES], `behind ${name} as documented`, () => {
    test('an image is pulled over TLS, a layer while it is still on its way, a part by range', async () => {
      await using registry = await startDockerRegistry({ images: ['toolbox'] })
      await using link = await startLink(registry.url)
      const port = await findFreePort()
      const externalUrl = `https://registry.example:${port}`
      await using entrepot = await startEntrepot({
        upstreams: { 'docker.io': link.url },
        settings: { externalUrl },
      })
      await using proxy = await start(port, entrepot.address)
      const { root, platforms } = await builtImage('toolbox')
      const [largest] = platforms.flatMap(({ layers }) => layers).sort((a, b) => b.sizeBytes - a.sizeBytes)

      const manifest = await get(proxy, `${TOOLBOX}manifests/1.0`, { accept: ACCEPT })
      expect(manifest.statusCode).toBe(200)
      expect(digestOf(await buffer(manifest))).toBe(root.digest)

      const held = link.holdAfter(8 * 1024 * 1024)
      const layer = await get(proxy, `${TOOLBOX}blobs/${largest?.digest}`)
      await held
      const hash = createHash('sha256')
      let receivedBytes = 0
      for await (const chunk of layer) {
        hash.update(chunk)
        receivedBytes += chunk.length
        if (receivedBytes > 4 * 1024 * 1024) link.release()
      }
      expect(layer.headers['content-length']).toBe(String(largest?.sizeBytes))
      expect(`sha256:${hash.digest('hex')}`).toBe(largest?.digest)

      const range = { range: 'bytes=100-199' }
      const part = await get(proxy, `${TOOLBOX}blobs/${largest?.digest}`, range)
      expect(part.statusCode).toBe(206)
      expect(part.headers['content-range']).toBe(`bytes 100-199/${largest?.sizeBytes}`)
      expect(await buffer(part)).toHaveLength(100)
    })

    test('without networks nobody pulls through it without credentials', async () => {
      await using registry = await startDockerRegistry({ images: ['busybox'] })
      const port = await findFreePort()
      const settings = { externalUrl: `https://registry.example:${port}`, groups: {} }
      await using entrepot = await startEntrepot({ upstreams: { 'docker.io': registry.url }, settings })
      await using proxy = await start(port, entrepot.address)
      const reply = await get(proxy, '/v2/library/busybox/manifests/1.35', { accept: ACCEPT })
      await buffer(reply)
      expect(reply.statusCode).toBe(401)
      expect(registry.requests).toEqual([])
    })
  })
}

async function get(
  { port }: ReverseProxy,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<IncomingMessage> {
  const host = `registry.example:${port}`
  const outgoing = request({
    ...{ host: '127.0.0.1', port, path, ca, servername: 'registry.example', timeout: 30_000 },
    headers: { host, ...headers },
  })
  outgoing.once('timeout', () => outgoing.destroy(new Error(`${path}: no progress for 30 s`)))
  outgoing.end()
  const [reply] = await once(outgoing, 'response')
  return reply
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
