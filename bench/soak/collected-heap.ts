import { readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 20_000
const POLL_MS = 20

/** The environment of a process that can be asked for its heap: it answers in `file`. */
export function probedEnv(file: string): { readonly NODE_OPTIONS: string } {
  const url = new URL('./memory-probe.mjs', import.meta.url)
  url.searchParams.set('file', file)
  return { NODE_OPTIONS: `--import ${url.href}` }
}

/** What the process keeps on its heap, in bytes. It was started with `probedEnv(file)`. */
export async function collectedHeap(pid: number, file: string): Promise<number> {
  await rm(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  const giveUpAt = performance.now() + TIMEOUT_MS
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { heapBytes: number }).heapBytes
    if (performance.now() > giveUpAt) throw new Error(`process ${pid} did not say what is on its heap`)
    await delay(POLL_MS)
  }
}
