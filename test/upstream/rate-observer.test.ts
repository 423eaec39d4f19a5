import { expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { UpstreamError } from '../../src/upstream/errors.ts'
import type { BlobReplied, ManifestReplied, UpstreamObserver } from '../../src/upstream/upstream.ts'
import { alice, app, failureOf, openUpstream, refer } from './open-upstream.ts'

class Recorder implements UpstreamObserver {
  readonly replies: ManifestReplied[] = []
  readonly blobReplies: BlobReplied[] = []
  refusal: UpstreamError | undefined

  manifestReplied(reply: ManifestReplied): void {
    this.replies.push(reply)
  }

  blobReplied(reply: BlobReplied): void {
    this.blobReplies.push(reply)
  }

  admitGet(): void {
    if (this.refusal !== undefined) throw this.refusal
  }
}

const TOLD = {
  'ratelimit-limit': '100;w=21600',
  'ratelimit-remaining': '76;w=21600',
  'docker-ratelimit-source': '192.0.2.7',
}
const RATE_LIMIT = { limit: 100, remaining: 76, windowSeconds: 21_600, source: '192.0.2.7' }

test('GET and HEAD of a manifest are told, with the credential; blobs apart', async () => {
  const observer = new Recorder()
  await using open = await openUpstream({ http: { observer } })
  const image = open.scripted.addImage(app)
  open.scripted.fault({ do: { kind: 'headers', set: TOLD } })
  await open.upstream.resolve(app, refer('latest'), {})
  await open.upstream.fetchManifest(app, refer('latest'), { credential: alice })
  await open.upstream.probeBlob(app, image.config.digest, {})
  const told = { status: 200, rateLimit: RATE_LIMIT, retryAfterMs: undefined }
  expect(observer.replies).toEqual([
    { ...told, credentialId: undefined },
    { ...told, credentialId: alice.id },
  ])
  expect(observer.blobReplies).toEqual([{ credentialId: undefined, status: 206, retryAfterMs: undefined }])
})

test('(d15) a 429 is told, with its Retry-After', async () => {
  const observer = new Recorder()
  await using open = await openUpstream({ http: { observer } })
  open.scripted.fault({ do: { kind: 'status', status: 429, headers: { 'retry-after': '77' } } })
  await failureOf(open.upstream.resolve(app, refer('latest'), {}))
  await failureOf(open.upstream.fetchManifest(app, refer('latest'), {}))
  const told = { credentialId: undefined, status: 429, rateLimit: undefined, retryAfterMs: 77_000 }
  expect(observer.replies).toEqual([told, told])
  const digest = digestOf(Buffer.from('a blob'))
  await failureOf(open.upstream.probeBlob(app, digest, { credential: alice }))
  expect(observer.blobReplies).toEqual([{ credentialId: alice.id, status: 429, retryAfterMs: 77_000 }])
})

test('(d21) what is answered where a redirect leads is no word of the registry', async () => {
  const observer = new Recorder()
  await using elsewhere = await openUpstream()
  await using open = await openUpstream({ http: { observer } })
  elsewhere.scripted.fault({ do: { kind: 'status', status: 429 } })
  open.scripted.fault({ do: { kind: 'redirect', to: `${elsewhere.scripted.url}/v2/x/manifests/latest` } })
  await failureOf(open.upstream.fetchManifest(app, refer('latest'), {}))
  const blob = await failureOf(open.upstream.probeBlob(app, digestOf(Buffer.from('a blob')), {}))
  expect(blob).toMatchObject({ code: 'failed', status: 429 })
  expect(elsewhere.scripted.count()).toBe(2)
  expect([...observer.replies, ...observer.blobReplies]).toEqual([])
})

test('a GET that may not be sent is not sent', async () => {
  const observer = new Recorder()
  await using open = await openUpstream({ http: { observer } })
  open.scripted.addImage(app)
  observer.refusal = new UpstreamError('rate-limited', 'not now', { upstream: 'registry.example' })
  expect(await failureOf(open.upstream.fetchManifest(app, refer('latest'), {}))).toBe(observer.refusal)
  expect(open.scripted.count()).toBe(0)
  await open.upstream.resolve(app, refer('latest'), {})
  expect(open.scripted.requests.map(({ method }) => method)).toEqual(['HEAD'])
})
