import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'

/** What a reader must know to judge the figures, and nothing that names the machine. */
export async function describeMachine(): Promise<string> {
  const load = (await readFile('/proc/loadavg', 'utf8')).split(' ')[0]
  const memory = Math.round(totalmem() / 1024 ** 3)
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${availableParallelism()} cores (${model}), ${memory} GiB, Node ${process.versions.node}, load ${load} at the start`
}
