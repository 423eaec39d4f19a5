import { readFile } from 'node:fs/promises'

/** What the kernel counts in; the same on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100

/** Seconds of processor time that a process has taken, all its threads together. Source: proc(5), /proc/pid/stat. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name in parentheses, which may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])]
  return (userTicks + systemTicks) / TICKS_PER_SECOND
}
