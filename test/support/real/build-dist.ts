import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lockFolder } from './folder-lock.ts'
import { runCommand } from './run-command.ts'

const ROOT = join(import.meta.dirname, '../../..')
const DIST = join(ROOT, 'dist')
const STAMP = join(DIST, '.built')
const BUILD_INFO = join(DIST, '.tsbuildinfo')

/**
 * Compiles src when a file in it is newer than the last build, so that a suite never runs yesterday's
 * server; resolves with the path of the program. Types are not checked here: `npm run check` does that.
 */
export async function buildDist(): Promise<string> {
  if (!(await isCurrent())) {
    await mkdir(DIST, { recursive: true })
    const lock = await lockFolder(join(DIST, '.building'))
    try {
      if (!(await isCurrent())) await compile()
    } finally {
      await lock.release()
    }
  }
  return join(DIST, 'cli/main.js')
}

async function compile(): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const startedAt = new Date()
  await runCommand(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: ROOT })
  await writeFile(STAMP, '')
  // What was changed while the compiler ran is newer than the stamp.
  await utimes(STAMP, startedAt, startedAt)
}

async function isCurrent(): Promise<boolean> {
  const built = (await changedAt(STAMP)) || (await changedAt(BUILD_INFO))
  const files = await readdir(join(ROOT, 'src'), { recursive: true })
  const changes = await Promise.all(files.map((file) => changedAt(join(ROOT, 'src', file))))
  return built > Math.max(...changes)
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}
