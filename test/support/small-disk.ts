import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeTempDir, type TempDir } from './temp-dir.ts'

const run = promisify(execFile)

/** A file system of a few MiB, and somebody else who fills it. */
export interface SmallDisk extends TempDir {
  /** Takes all room but `leaveBytes`. */
  fill(leaveBytes: number): Promise<void>
  free(): Promise<void>
}

/** @returns undefined where nothing can be mounted */
export async function mountSmallDisk(sizeBytes: number): Promise<SmallDisk | undefined> {
  const dir = await makeTempDir()
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', dir.path])
  } catch {
    await dir[Symbol.asyncDispose]()
    return undefined
  }
  const other = join(dir.path, 'somebody-else')
  return {
    path: dir.path,
    fill: async (leaveBytes) => {
      const { stdout } = await run('df', ['--output=avail', '-B1', dir.path])
      const available = Number(stdout.trim().split('\n').at(-1))
      // Whoever writes meanwhile may have taken the last of it: full is what was wished for.
      await writeFile(other, Buffer.alloc(Math.max(0, available - leaveBytes))).catch(() => {})
    },
    free: () => rm(other, { force: true }),
    [Symbol.asyncDispose]: async () => {
      await run('umount', [dir.path])
      await dir[Symbol.asyncDispose]()
    },
  }
}
