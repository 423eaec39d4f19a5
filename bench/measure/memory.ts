import { readFile, writeFile } from 'node:fs/promises'

export interface Memory {
  /** Bytes resident now. */
  readonly resident: number
  /** Bytes resident at most since the start or the last resetPeak. */
  readonly peak: number
}

/** The memory of several processes together (nginx has workers). Source: proc(5), /proc/pid/status. */
export async function readMemory(pids: readonly number[]): Promise<Memory> {
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')))
  const sum = (field: string) =>
    texts.reduce(
      (total, text) => total + Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1]) * 1024,
      0,
    )
  return { resident: sum('VmRSS'), peak: sum('VmHWM') }
}

/** Source: proc(5), /proc/pid/clear_refs: 5 resets VmHWM to VmRSS. */
export async function resetPeak(pids: readonly number[]): Promise<void> {
  await Promise.all(pids.map((pid) => writeFile(`/proc/${pid}/clear_refs`, '5')))
}

/** The process and all that descend from it. */
export async function processTree(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const pids = children.split(' ').filter((text) => text !== '')
  const below = await Promise.all(pids.map((child) => processTree(Number(child))))
  return [pid, ...below.flat()]
}
