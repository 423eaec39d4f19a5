import type { Platform } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import { parseManifest, platformManifest } from '../../oci/manifest.ts'
import { fetchVerified } from './client.ts'
import type { DemoUpstream } from './upstream.ts'

/** What one request came to, or the same request of several clients at once. */
export interface DemoRequest {
  /** `index 1.0`, `layer 3a7b1c…`. */
  readonly what: string
  /** `hit`, `miss`, `revalidated`, `stale`; more than one where clients were answered differently. */
  readonly outcome: string
  /** How often the upstream was asked meanwhile. */
  readonly upstreamRequests: number
  readonly bytes: number
  readonly durationMs: number
  readonly isVerified: boolean
}

export interface DemoPull {
  /** Where the image is, up to its name: `http://127.0.0.1:5000/v2/default/…/app`. */
  readonly base: string
  /** Tag, or digest of the index. */
  readonly reference: string
  /** What the reference is known to mean. */
  readonly index: Digest
  readonly platform: Platform
  readonly clients: number
}

const SHORT_DIGEST = 'sha256:'.length + 6

/** Pulls an image for one platform, as a container engine would, as many times at once as there are clients. */
export async function pullImage(
  { base, reference, index: expected, platform, clients }: DemoPull,
  upstream: DemoUpstream,
  signal: AbortSignal,
): Promise<DemoRequest[]> {
  const requests: DemoRequest[] = []
  const ask = async (role: string, path: string, name: string, digest: Digest) => {
    const before = upstream.requests
    const startedAt = performance.now()
    const url = `${base}/${path}/${name}`
    const replies = await Promise.all(
      Array.from({ length: clients }, () => fetchVerified(url, digest, signal)),
    )
    requests.push({
      what: `${role} ${name === digest ? `${digest.slice(0, SHORT_DIGEST)}…` : name}`,
      outcome: [...new Set(replies.map(({ outcome }) => outcome))].join(', '),
      upstreamRequests: upstream.requests - before,
      bytes: replies.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
      durationMs: performance.now() - startedAt,
      isVerified: replies.every(({ isVerified }) => isVerified),
    })
    return replies.find(({ isVerified }) => isVerified)
  }

  const index = await ask('index', 'manifests', reference, expected)
  if (index === undefined) return requests
  const wanted = platformManifest(parseManifest(index.bytes, index.mediaType), platform)
  if (wanted === undefined) return requests
  const manifest = await ask('manifest', 'manifests', wanted.digest, wanted.digest)
  if (manifest === undefined) return requests
  for (const { role, digest } of parseManifest(manifest.bytes, manifest.mediaType).references) {
    await ask(role, 'blobs', digest, digest)
  }
  return requests
}
