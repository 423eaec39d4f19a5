import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Pack } from 'tar-stream'
import { fileErrorCode } from '../../file-error.ts'

/** As runners leave them: whoever a job's scripts run as may change everything. */
const DIRECTORY_MODE = 0o777
const FILE_MODE = 0o666
const EXECUTABLE_BITS = 0o111
const CHUNK_BYTES = 256 * 1024

/** Puts files of this machine into an archive, a directory before what is in it. */
export class TreePacker {
  readonly #pack: Pack
  readonly #signal: AbortSignal
  readonly #directories = new Set<string>()
  #files = 0

  constructor(pack: Pack, signal: AbortSignal) {
    this.#pack = pack
    this.#signal = signal
  }

  /** Files and links. */
  get count(): number {
    return this.#files
  }

  /**
   * What is there of these paths; what vanished meanwhile is left out.
   * @param paths relative to `root`, with `/`
   */
  async addPaths(root: string, paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.#add(join(root, path), path)
  }

  /** Everything in a directory, under a name. */
  async addDirectory(directory: string, name: string): Promise<void> {
    this.#addDirectoryEntry(name)
    const entries = await readdir(directory, { withFileTypes: true })
    for (const entry of entries) {
      const [path, inner] = [join(directory, entry.name), `${name}/${entry.name}`]
      if (entry.isDirectory()) await this.addDirectory(path, inner)
      else await this.#add(path, inner)
    }
  }

  async #add(path: string, name: string): Promise<void> {
    this.#signal.throwIfAborted()
    const stats = await unlessGone(lstat(path))
    if (stats === undefined) return
    if (stats.isFile()) await this.#addFile(path, name)
    else if (stats.isSymbolicLink()) await this.#addLink(path, name, stats)
    // A submodule: it has a repository of its own.
    else if (stats.isDirectory()) this.#addDirectoryEntry(name)
  }

  async #addFile(path: string, name: string): Promise<void> {
    // What became a link, or a pipe that nobody writes to, in between must not be followed or waited for.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await unlessGone(open(path, flags))
    if (file === undefined) return
    try {
      const stats = await file.stat()
      if (!stats.isFile()) return
      this.#addParents(name)
      const mode = FILE_MODE | (stats.mode & EXECUTABLE_BITS ? EXECUTABLE_BITS : 0)
      const entry = this.#pack.entry({ name, mode, size: stats.size, mtime: stats.mtime })
      await pipeline(readExactly(file, stats.size), entry, { signal: this.#signal })
      this.#files++
    } finally {
      await file.close()
    }
  }

  async #addLink(path: string, name: string, { mtime }: Stats): Promise<void> {
    const linkname = await unlessGone(readlink(path))
    if (linkname === undefined) return
    this.#addParents(name)
    this.#pack.entry({ name, type: 'symlink', linkname, mtime })
    this.#files++
  }

  #addParents(name: string): void {
    const parent = dirname(name)
    if (parent !== '.') this.#addDirectoryEntry(parent)
  }

  #addDirectoryEntry(name: string): void {
    if (this.#directories.has(name)) return
    this.#addParents(name)
    this.#directories.add(name)
    this.#pack.entry({ name: `${name}/`, type: 'directory', mode: DIRECTORY_MODE })
  }
}

/** A file that grows or shrinks meanwhile keeps the size that was announced. */
async function* readExactly(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const chunk = Buffer.alloc(Math.min(left, CHUNK_BYTES))
    const { bytesRead } = await file.read(chunk)
    const known = bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead)
    left -= known.length
    yield known
  }
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const code = fileErrorCode(error)
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return undefined
    throw error
  }
}
