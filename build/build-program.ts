import { readdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Metafile } from 'esbuild'
import { bundle, CHUNKS, ROOT } from './bundle.ts'
import { collectLicenses } from './collect-licenses.ts'

/** The thread is found beside what starts it, as it is in the sources. */
const ENTRY_POINTS = {
  'cli/main': 'src/cli/main.ts',
  [`${CHUNKS}/checkpoint-thread`]: 'src/store/sqlite/checkpoint-thread.js',
}

/**
 * Makes the program of src, and says whose work is in it besides ours. What was in the folder is replaced.
 * @returns which files it was made of, and which came out, from the project's root
 */
export async function buildProgram(folder = join(ROOT, 'dist')): Promise<Metafile> {
  const made = await bundle({ entryPoints: ENTRY_POINTS, folder })
  const licenses = join(folder, 'LICENSES.txt')
  await writeFile(licenses, await collectLicenses(ROOT, Object.keys(made.inputs)))
  await removeOld(
    folder,
    new Set([...Object.keys(made.outputs).map((path) => resolve(ROOT, path)), licenses]),
  )
  return made
}

/** Last: nobody finds a program that is not whole. Files with a dot are of those who watch over the folder. */
async function removeOld(folder: string, current: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !entry.name.startsWith('.') && !current.has(path)) await rm(path)
  }
}
