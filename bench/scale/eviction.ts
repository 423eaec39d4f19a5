import { setTimeout as delay } from 'node:timers/promises'
import { readMemory, resetPeak } from '../measure/memory.ts'
import type { Peer } from '../peers/peer.ts'
import { longestBlockMs } from './loop-delay.ts'

const TIMEOUT_MS = 5 * 60_000
const POLL_MS = 500

export interface Eviction {
  readonly images: number
  readonly blobs: number
  readonly wallMs: number
  readonly longestBlockMs: number
  readonly peakBytes: number
}

/** Waits for the eviction that a server begins when it was started with a smaller budget. */
export async function watchEviction(peer: Peer, probeFile: string): Promise<Eviction> {
  // What a start holds up is no part of it.
  await longestBlockMs(peer, probeFile)
  await resetPeak([peer.pid])
  const startedAt = performance.now()
  for (;;) {
    const evicted = findEvicted(await peer.log)
    const wallMs = performance.now() - startedAt
    if (evicted !== undefined) {
      const { peak } = await readMemory([peer.pid])
      return { ...evicted, wallMs, longestBlockMs: await longestBlockMs(peer, probeFile), peakBytes: peak }
    }
    if (wallMs > TIMEOUT_MS) throw new Error(`${peer.name} evicted nothing in ${TIMEOUT_MS} ms`)
    await delay(POLL_MS)
  }
}

function findEvicted(log: string): { images: number; blobs: number } | undefined {
  const line = log.split('\n').find((text) => text.includes('"space.evicted"'))
  return line === undefined ? undefined : (JSON.parse(line) as { images: number; blobs: number })
}
