import { execFile } from 'node:child_process'
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cleanups } from '../../test/support/real/cleanups.ts'
import { scratchDir } from '../../test/support/real/scratch-dir.ts'

const run = promisify(execFile)
const SAMPLE_MS = 25

/** A tmpfs of its own, and how full it has been. */
export class SmallDisk {
  readonly path: string
  #mostBytes = 0

  private constructor(path: string) {
    this.path = path
  }

  get mostBytes(): number {
    return this.#mostBytes
  }

  /** Needs root. */
  static async mount(sizeBytes: number, cleanups: Cleanups): Promise<SmallDisk> {
    const path = join(await scratchDir('replay', cleanups), 'disk')
    await mkdir(path)
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path])
    cleanups.defer(() => run('umount', ['-l', path]))
    const disk = new SmallDisk(path)
    const timer = setInterval(() => void disk.#sample(), SAMPLE_MS)
    cleanups.defer(async () => clearInterval(timer))
    return disk
  }

  async #sample(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.path)
    this.#mostBytes = Math.max(this.#mostBytes, (blocks - bfree) * bsize)
  }
}
