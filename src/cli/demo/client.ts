import { get, type IncomingMessage } from 'node:http'
import { type Digest, digestOf } from '../../oci/digest.ts'
import { MANIFEST_ACCEPT } from '../../oci/media-types.ts'

const DEADLINE_MS = 30_000

export interface DemoReply {
  readonly bytes: Buffer
  readonly mediaType: string | undefined
  /** `hit`, `miss`, `stale`…: the detail of Cache-Status; or what went wrong. */
  readonly outcome: string
  /** True when the bytes are those of the digest. */
  readonly isVerified: boolean
}

/** What a client does: asks, reads, and hashes. */
export async function fetchVerified(url: string, digest: Digest, signal: AbortSignal): Promise<DemoReply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { accept: MANIFEST_ACCEPT }
    get(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) }, resolve).once(
      'error',
      reject,
    )
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  const status = response.statusCode ?? 0
  const [, detail = 'unknown'] = /detail=(\w+)/.exec(String(response.headers['cache-status'])) ?? []
  const isVerified = status === 200 && digestOf(bytes) === digest
  return {
    bytes,
    mediaType: response.headers['content-type'],
    outcome: isVerified ? detail : status === 200 ? `${detail}, wrong bytes` : `status ${status}`,
    isVerified,
  }
}
