import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readMemory } from '../measure/memory.ts'

/** What was seen after one round. */
export interface Sample {
  readonly serverBytes: number
  readonly serverDescriptors: number
  /** What 99 % of the timers of the round were late at most. */
  readonly serverLagSeconds: number
  /** The file, and what stands beside it to be merged. */
  readonly catalogBytes: number
  readonly runnerBytes: number
  readonly runnerDescriptors: number
}

export interface SoakedProcesses {
  readonly serverPid: number
  readonly serverUrl: string
  readonly storage: string
  readonly runnerPid: number
}

const METRICS_TIMEOUT_MS = 10_000
const LAG = /^entrepot_event_loop_lag_seconds\{quantile="0\.99"\} (\S+)$/m

/** Asking for the lag begins the next round's. */
export async function takeSample({
  serverPid,
  serverUrl,
  storage,
  runnerPid,
}: SoakedProcesses): Promise<Sample> {
  const [server, runner] = [await readMemory([serverPid]), await readMemory([runnerPid])]
  return {
    serverBytes: server.resident,
    serverDescriptors: await descriptorsOf(serverPid),
    serverLagSeconds: await lagOf(serverUrl),
    catalogBytes: await catalogBytes(storage),
    runnerBytes: runner.resident,
    runnerDescriptors: await descriptorsOf(runnerPid),
  }
}

async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

async function lagOf(url: string): Promise<number> {
  const reply = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) })
  const lag = LAG.exec(await reply.text())?.[1]
  if (lag === undefined)
    throw new Error(`/metrics answered ${reply.status}, without the lag of the event loop`)
  return Number(lag)
}

async function catalogBytes(storage: string): Promise<number> {
  const names = (await readdir(storage)).filter((name) => /^catalog\.db(-wal)?$/.test(name))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(storage, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
