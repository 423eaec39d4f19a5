import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { BuiltImage, Content } from './compose-image.ts'

export class PushFailed extends Error {
  override readonly name = 'PushFailed'
  readonly code = 'PUSH_FAILED'

  constructor(method: string, url: URL, status: number | undefined, body: string) {
    super(`${method} ${url}: ${status}: ${body}`)
  }
}

/** Pushes over the distribution API; blobs that the repository has are skipped. Errors: PushFailed. */
export async function pushImage(registryUrl: string, image: BuiltImage): Promise<void> {
  const base = new URL(`/v2/${image.repository}/`, registryUrl)
  for (const { config, layers, manifest } of image.platforms) {
    for (const layer of layers) {
      await pushBlob(base, layer.digest, layer.sizeBytes, () => createReadStream(layer.path))
    }
    await pushBlob(base, config.digest, config.bytes.length, () => Readable.from([config.bytes]))
    await pushManifest(base, manifest.digest, manifest)
  }
  for (const tag of image.tags) await pushManifest(base, tag, image.root)
}

async function pushBlob(base: URL, digest: string, sizeBytes: number, open: () => Readable): Promise<void> {
  const known = await send('HEAD', new URL(`blobs/${digest}`, base), [200, 404])
  if (known.statusCode === 200) return
  const started = await send('POST', new URL('blobs/uploads/', base), [202])
  const upload = new URL(started.headers.location ?? '', base)
  upload.searchParams.set('digest', digest)
  const headers = { 'content-length': sizeBytes, 'content-type': 'application/octet-stream' }
  await send('PUT', upload, [201], headers, open())
}

async function pushManifest(base: URL, reference: string, { mediaType, bytes }: Content): Promise<void> {
  const headers = { 'content-length': bytes.length, 'content-type': mediaType }
  await send('PUT', new URL(`manifests/${reference}`, base), [201], headers, Readable.from([bytes]))
}

async function send(
  method: string,
  url: URL,
  expected: readonly number[],
  headers: OutgoingHttpHeaders = {},
  body: Readable = Readable.from([]),
): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers, timeout: 30_000 })
  outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${url}: no progress for 30 s`)))
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  await Promise.all([pipeline(body, outgoing), answered])
  const [response] = await answered
  const answer = await text(response)
  if (!expected.includes(response.statusCode ?? 0)) {
    throw new PushFailed(method, url, response.statusCode, answer)
  }
  return response
}
