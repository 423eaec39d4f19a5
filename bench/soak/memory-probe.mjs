import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Loaded into a process under measurement by `node --import`, with `?file=` in its URL. On SIGUSR2 it collects
// garbage and writes there what is left on the heap, in bytes.
const file = new URL(import.meta.url).searchParams.get('file') ?? 'memory.json'
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

process.on('SIGUSR2', () => {
  collect()
  writeFileSync(`${file}.new`, JSON.stringify({ heapBytes: process.memoryUsage().heapUsed }))
  renameSync(`${file}.new`, file)
})
