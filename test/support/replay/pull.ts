import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

const TRIES = 8
const LONGEST_WAIT_MS = 3_000
const REQUEST_DEADLINE_MS = 60_000
const ACCEPT = 'application/vnd.oci.image.manifest.v1+json'

/** What a client got. `wrong` must never be anything but 0. */
export interface PullReport {
  readonly done: boolean
  readonly retries: number
  readonly bytes: number
  readonly wrong: number
}

interface ManifestDocument {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

/** Pulls one image as a client without anything of its own: every blob, every byte hashed, failures retried. */
export async function pullImage(
  url: string,
  repository: string,
  longestWaitMs = LONGEST_WAIT_MS,
): Promise<PullReport> {
  const counts = { retries: 0, bytes: 0, wrong: 0 }
  try {
    const manifest = await fetchVerified(
      `${url}/v2/${repository}/manifests/1`,
      undefined,
      counts,
      longestWaitMs,
    )
    const document: ManifestDocument = JSON.parse(manifest.toString())
    for (const { digest } of [document.config, ...document.layers]) {
      await fetchVerified(`${url}/v2/${repository}/blobs/${digest}`, digest, counts, longestWaitMs)
    }
    return { done: true, ...counts }
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error
    return { done: false, ...counts }
  }
}

class GaveUp extends Error {
  override readonly name = 'GaveUp'
}

async function fetchVerified(
  url: string,
  digest: string | undefined,
  counts: { retries: number; bytes: number; wrong: number },
  longestWaitMs: number,
): Promise<Buffer> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS)
    try {
      const reply = await fetch(url, { headers: { accept: ACCEPT }, signal })
      const body = Buffer.from(await reply.arrayBuffer())
      if (reply.status === 200) {
        counts.bytes += body.length
        const expected = digest ?? reply.headers.get('docker-content-digest')
        const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`
        if (actual === expected) return body
        // A whole reply of other bytes: what must not happen.
        counts.wrong += 1
      }
      await delay(Math.min(longestWaitMs, waitOf(reply, attempt)))
    } catch (error) {
      // fetch tells a connection that was cut off, or refused, as TypeError: nothing wrong was delivered.
      if (!(error instanceof TypeError) && !signal.aborted) throw error
      await delay(Math.min(longestWaitMs, waitOf(undefined, attempt)))
    }
    counts.retries += 1
  }
  throw new GaveUp(url)
}

function waitOf(reply: Response | undefined, attempt: number): number {
  const asked = Number(reply?.headers.get('retry-after') ?? Number.NaN) * 1000
  return Number.isNaN(asked) ? 100 * 2 ** attempt : asked
}
