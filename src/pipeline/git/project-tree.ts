import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { fileErrorCode } from '../../file-error.ts'
import { ProjectFileError, type ProjectFiles } from '../project-files.ts'
import { type Git, splitNul } from './git.ts'
import type { Repository } from './repository.ts'

/** The files of a project as jobs get them. */
export interface ProjectTree extends ProjectFiles {
  /** Sorted. */
  readonly paths: readonly string[]
  /** Changes with the content of a file; undefined when there is no such file. */
  contentId(path: string): string | undefined
}

/** Where the state of runs is. It ignores itself, but not from the first moment on. */
export const STATE_DIRECTORY = '.entrepot'

const CHUNK_BYTES = 64 * 1024

/**
 * The work tree as it is: what is tracked and still there, and what is untracked and not ignored.
 * @throws GitError
 */
export async function readWorkTree({ git, directory }: Repository): Promise<ProjectTree> {
  const [all, deleted] = await Promise.all([
    git.run(['ls-files', '-z', '--cached', '--others', '--exclude-standard']),
    git.run(['ls-files', '-z', '--deleted']),
  ])
  const gone = new Set(splitNul(deleted))
  const paths = [...new Set(splitNul(all))]
    .filter((path) => !gone.has(path) && !path.startsWith(`${STATE_DIRECTORY}/`))
    // A repository within this one, which is not a part of it.
    .filter((path) => !path.endsWith('/'))
    .sort()
  return {
    paths,
    list: async () => paths,
    find: (path, maxBytes) => findOnDisk(directory, path, maxBytes),
    contentId: (path) => hashFile(join(directory, path)),
  }
}

/**
 * What is committed, and nothing else.
 * @throws GitError
 */
export async function readCommittedTree({ git, head }: Repository): Promise<ProjectTree> {
  const listed = head === undefined ? '' : await git.run(['ls-tree', '-r', '-z', '--name-only', head])
  const paths = [...splitNul(listed)].sort()
  const known = new Set(paths)
  return {
    paths,
    list: async () => paths,
    find: (path, maxBytes) => (known.has(path) ? findCommitted(git, `${head}:${path}`, maxBytes) : absent()),
    contentId: (path) =>
      known.has(path) ? git.findNow(['rev-parse', '--verify', '--quiet', `${head}:${path}`]) : undefined,
  }
}

function absent(): Promise<undefined> {
  return Promise.resolve(undefined)
}

async function findCommitted(git: Git, object: string, maxBytes: number): Promise<string> {
  const size = Number(await git.run(['cat-file', '-s', object]))
  if (size > maxBytes) throw tooLarge(maxBytes)
  return await git.run(['cat-file', 'blob', object])
}

async function findOnDisk(root: string, path: string, maxBytes: number): Promise<string | undefined> {
  let file: FileHandle | undefined
  try {
    // A link may lead anywhere.
    const [base, real] = await Promise.all([realpath(root), realpath(join(root, path))])
    const inside = relative(base, real)
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return undefined
    file = await open(real)
    const { size } = await file.stat()
    if (size > maxBytes) throw tooLarge(maxBytes)
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof ProjectFileError) throw error
    const code = fileErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ProjectFileError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await file?.close()
  }
}

function tooLarge(maxBytes: number): ProjectFileError {
  return new ProjectFileError(`is larger than ${maxBytes} bytes`)
}

/** In one go, for it is asked in the middle of a decision; a chunk at a time, for a file may be large. */
function hashFile(path: string): string | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, 'r')
    const hash = createHash('sha1')
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let count = -1; count !== 0; ) {
      count = readSync(descriptor, chunk)
      hash.update(chunk.subarray(0, count))
    }
    return hash.digest('hex')
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
