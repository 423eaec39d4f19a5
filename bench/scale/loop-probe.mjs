import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

// Loaded into the server under measurement by `node --import`, with `?file=` in its URL. On SIGUSR2 it writes
// there for how many milliseconds the event loop was held up at the longest, and begins to measure anew.
const file = new URL(import.meta.url).searchParams.get('file') ?? 'loop-delay.json'
const delays = monitorEventLoopDelay({ resolution: 1 })
delays.enable()

process.on('SIGUSR2', () => {
  writeFileSync(`${file}.new`, JSON.stringify({ longestMs: delays.max / 1e6 }))
  renameSync(`${file}.new`, file)
  delays.reset()
})
