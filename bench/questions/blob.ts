import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Peer } from '../peers/peer.ts'
import type { BenchImage } from '../upstream/bench-image.ts'

const TIMEOUT_MS = 120_000
/** docker-registry commits what it cached after the reply has ended. */
const SETTLE_MS = 500

/** Pulls the manifest and the big blob once, so that the peer has them, and lets it finish. */
export async function warmUp(peer: Peer, image: BenchImage): Promise<void> {
  const headers = { accept: image.root.mediaType }
  const url = `${peer.url}/v2/${image.repository}/manifests/latest`
  const manifest = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  await manifest.arrayBuffer()
  await expectBigBlob(peer, image)
  await delay(SETTLE_MS)
}

/** What a peer serves must be the blob: a fast answer with other bytes is no answer. */
export async function expectBigBlob(peer: Peer, image: BenchImage): Promise<void> {
  const { digest } = image.bigBlob
  const url = `${peer.url}/v2/${image.repository}/blobs/${digest}`
  const reply = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const hash = createHash('sha256')
  for await (const chunk of reply.body ?? []) hash.update(chunk)
  const received = `sha256:${hash.digest('hex')}`
  if (received !== digest) throw new Error(`${peer.name} served ${received} (${reply.status}) as ${digest}`)
}
