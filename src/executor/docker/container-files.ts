import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { makeTar } from '../tar/make-tar.ts'
import { tarEntries } from '../tar/tar-entries.ts'
import type { Containers } from './containers.ts'
import { isEngineError } from './engine-error.ts'
import type { FileOwner } from './file-owner.ts'

/** The file system of a container, running or not, as its user's. */
export interface ContainerFiles {
  readonly containers: Containers
  readonly containerId: string
  /** Absent: root. */
  readonly owner: FileOwner | undefined
  readonly signal: AbortSignal
}

/** Everybody may write, as GitLab Runner's helper leaves directories. */
const DIRECTORY_MODE = 0o777
const ROOT: FileOwner = { uid: 0, gid: 0 }

/** @returns undefined when nothing is at that path */
export async function readFiles(
  { containers, containerId, signal }: ContainerFiles,
  path: string,
): Promise<Readable | undefined> {
  try {
    return await containers.readArchive(containerId, path, { signal })
  } catch (error) {
    if (!isEngineError(error, 'NOT_FOUND')) throw error
    // The engine says the same of a container that is gone.
    await containers.inspect(containerId, { signal })
    return undefined
  }
}

/** Unpacks tar; what is unpacked is the user's. */
export async function writeFiles(files: ContainerFiles, directory: string, tar: Readable): Promise<void> {
  const { containers, containerId, signal } = files
  try {
    await makeDirectories(files, [directory])
    await containers.writeArchive(containerId, directory, ownedTar(tar, files.owner ?? ROOT), { signal })
  } finally {
    tar.destroy()
  }
}

/** Makes those that are missing, and what is missing on the way to them, the user's. */
export async function makeDirectories(files: ContainerFiles, paths: readonly string[]): Promise<void> {
  const { containers, containerId, owner = ROOT, signal } = files
  const missing = await missingDirectories(files, paths)
  if (missing.length === 0) return
  const tar = makeTar(async (add) => {
    for (const path of missing) {
      await add({ name: `${path.slice(1)}/`, type: 'directory', mode: DIRECTORY_MODE, ...owner })
    }
  })
  await containers.writeArchive(containerId, '/', tar, { signal })
}

/** @returns each before what is in it */
async function missingDirectories(
  { containers, containerId, signal }: ContainerFiles,
  paths: readonly string[],
): Promise<readonly string[]> {
  const missing = new Set<string>()
  const present = new Set<string>(['/'])
  for (const path of paths) {
    const found: string[] = []
    for (let at = posix.normalize(path).replace(/(.)\/$/, '$1'); ; at = posix.dirname(at)) {
      if (missing.has(at) || present.has(at)) break
      if (await containers.hasPath(containerId, at, { signal })) {
        present.add(at)
        break
      }
      found.unshift(at)
    }
    for (const at of found) missing.add(at)
  }
  return [...missing]
}

/**
 * The same archive with another owner. Names of owners, and what an archive says in extended headers, would overrule
 * the numbers: they are left out.
 */
function ownedTar(tar: Readable, { uid, gid }: FileOwner): Readable {
  return makeTar(async (add) => {
    for await (const { header, body } of tarEntries(tar)) {
      const { name, type, mode, mtime, size, linkname } = header
      await add({ name, type, mode, mtime, size, linkname, uid, gid }, body)
    }
  })
}
