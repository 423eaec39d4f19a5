import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 100
/** Longer than the longest build of images. */
const DEADLINE_MS = 290_000
/** A lock without a pid for this many polls belongs to a process that died between two calls. */
const NAMELESS_POLLS = 20

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Holds `path` (a folder that must not exist otherwise) against other processes. A lock whose process is gone
 * is taken away. Errors: LockTimeout.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const giveUpAt = Date.now() + DEADLINE_MS
  let namelessPolls = 0
  while (!(await tryLock(path))) {
    const owner = await ownerOf(path)
    namelessPolls = owner === undefined ? namelessPolls + 1 : 0
    const isDead = owner === undefined ? namelessPolls > NAMELESS_POLLS : !isAlive(owner)
    if (isDead) await removeLock(path)
    else await delay(POLL_MS)
    if (Date.now() > giveUpAt) throw new LockTimeout(path)
  }
  await writeFile(join(path, 'pid'), String(process.pid))
  return { release: () => rm(path, { recursive: true, force: true }) }
}

export class LockTimeout extends Error {
  override readonly name = 'LockTimeout'
  readonly code = 'LOCK_TIMEOUT'

  constructor(path: string) {
    super(`${path} stayed locked by another process for ${DEADLINE_MS} ms`)
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ownerOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(path, 'pid'), 'utf8').catch(() => ''))
  return pid > 0 ? pid : undefined
}

/** Moves it away first: of two who see the same dead lock, one gets it. */
async function removeLock(path: string): Promise<void> {
  const aside = `${path}.dead-${process.pid}`
  await rename(path, aside).catch(() => undefined)
  await rm(aside, { recursive: true, force: true })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
