import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildProgram } from '../../../build/build-program.ts'
import { ROOT } from '../../../build/bundle.ts'
import { lockFolder } from './folder-lock.ts'

const DIST = join(ROOT, 'dist')
const STAMP = join(DIST, '.built')
/** What people have run, before the first suite. */
const PROGRAM = join(DIST, 'cli/main.js')

/**
 * Builds when something that goes into it is newer than the last build, so that a suite never runs yesterday's
 * server; resolves with the path of the program. Types are not checked here: `npm run check` does that.
 */
export async function buildDist(): Promise<string> {
  if (!(await isCurrent())) {
    await mkdir(DIST, { recursive: true })
    const lock = await lockFolder(join(DIST, '.building'))
    try {
      if (!(await isCurrent())) await build()
    } finally {
      await lock.release()
    }
  }
  return PROGRAM
}

async function build(): Promise<void> {
  const startedAt = new Date()
  await buildProgram()
  await writeFile(STAMP, '')
  // What was changed meanwhile is newer than the stamp.
  await utimes(STAMP, startedAt, startedAt)
}

async function isCurrent(): Promise<boolean> {
  const built = (await changedAt(STAMP)) || (await changedAt(PROGRAM))
  const files = await Promise.all(['src', 'build'].map(filesOf))
  const changes = await Promise.all([...files.flat(), join(ROOT, 'package.json')].map(changedAt))
  return built > Math.max(...changes)
}

async function filesOf(name: string): Promise<string[]> {
  const folder = join(ROOT, name)
  return (await readdir(folder, { recursive: true })).map((file) => join(folder, file))
}

async function changedAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}
