import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** The process that made something: written on all of it, so that a later one can tell whose it was. */
export interface Owner {
  /** One machine, or one container that this program runs in. */
  readonly hostId: string
  readonly pid: number
  /** Sets two processes apart that had the same pid; opaque. */
  readonly startedAt: string
}

/** Who we are, from /proc. */
export async function readOwner(): Promise<Owner> {
  const machineId = await readFile('/etc/machine-id', 'utf8').catch(() => '')
  // In a container the name is the container's own, and two of them cannot see each other's processes.
  const hostId = createHash('sha256').update(`${machineId.trim()}\n${hostname()}`).digest('hex').slice(0, 16)
  return { hostId, pid: process.pid, startedAt: (await startOf(process.pid)) ?? '' }
}

/** Whether the process still runs. One that took over its pid is another. */
export async function isAlive(owner: Pick<Owner, 'pid' | 'startedAt'>): Promise<boolean> {
  const startedAt = await startOf(owner.pid)
  return startedAt !== undefined && startedAt === owner.startedAt
}

/** Start of a process since the boot, in clock ticks, and the boot it was in; proc(5), field 22 of stat. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name, which may hold spaces and brackets.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${boot.trim()}/${ticks}`
  } catch {
    return undefined
  }
}
