import { readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Peer } from '../peers/peer.ts'

const TIMEOUT_MS = 20_000
const POLL_MS = 20

/** What `node` is told so that a server can be asked for its event loop. */
export function probeArgs(file: string): string[] {
  const url = new URL('./loop-probe.mjs', import.meta.url)
  url.searchParams.set('file', file)
  return ['--import', url.href]
}

/** For how many milliseconds the event loop of the server was held up at the longest since this was asked last. */
export async function longestBlockMs(peer: Peer, file: string): Promise<number> {
  await rm(file, { force: true })
  process.kill(peer.pid, 'SIGUSR2')
  const giveUpAt = performance.now() + TIMEOUT_MS
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { longestMs: number }).longestMs
    if (performance.now() > giveUpAt) throw new Error(`${peer.name} did not answer the probe`)
    await delay(POLL_MS)
  }
}
