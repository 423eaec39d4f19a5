import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Pack, pack } from 'tar-stream'
import type { ProjectTree } from '../git/project-tree.ts'
import type { Repository } from '../git/repository.ts'
import { copyRepository, gitDirectory } from './copy-repository.ts'
import { TreePacker } from './pack-tree.ts'

export interface SnapshotOrder {
  readonly repository: Repository
  readonly tree: ProjectTree
  readonly isCommittedOnly: boolean
  /** Commits of history; 0: all. */
  readonly depth: number
  /** Of the project, without credentials. */
  readonly originUrl: string
  /** For the copy while it is made, and the archive. Must be there. */
  readonly temporaryDirectory: string
}

const CHUNK_BYTES = 256 * 1024

/**
 * The project as it was at one moment, as tar: every job of a pipeline gets the same. It takes room on disk until it
 * is closed, or the process is gone.
 */
export class SourceSnapshot {
  readonly files: number
  readonly sizeBytes: number
  readonly #archive: FileHandle

  private constructor(archive: FileHandle, sizeBytes: number, files: number) {
    this.#archive = archive
    this.sizeBytes = sizeBytes
    this.files = files
  }

  /**
   * Reads the work tree; nothing is written to it.
   * @throws GitError; what reading and writing files throws; the signal's reason
   */
  static async take(order: SnapshotOrder, signal: AbortSignal): Promise<SourceSnapshot> {
    const scratch = await mkdtemp(join(order.temporaryDirectory, 'sources-'))
    let archive: FileHandle | undefined
    try {
      archive = await open(join(scratch, 'sources.tar'), 'wx+', 0o600)
      const files = await fill(archive, order, join(scratch, 'copy'), signal)
      const { size } = await archive.stat()
      return new SourceSnapshot(archive, size, files)
    } catch (error) {
      await archive?.close()
      signal.throwIfAborted()
      throw error
    } finally {
      // Without its name it is gone with the process, however that ends.
      await rm(scratch, { recursive: true, force: true })
    }
  }

  /** The archive from its beginning; any number at a time, until it is closed. */
  open(): Readable {
    return Readable.from(readAll(this.#archive, this.sizeBytes), { objectMode: false })
  }

  async close(): Promise<void> {
    await this.#archive.close()
  }
}

async function fill(
  archive: FileHandle,
  { repository, tree, isCommittedOnly, depth, originUrl }: SnapshotOrder,
  copy: string,
  signal: AbortSignal,
): Promise<number> {
  const order = { repository, target: copy, depth, originUrl, isCheckedOut: isCommittedOnly }
  await copyRepository(order, signal)
  const tar = pack()
  const packer = new TreePacker(tar, signal)
  const written = writeAll(archive, tar)
  const packed = packer
    .addPaths(isCommittedOnly ? copy : repository.directory, tree.paths)
    .then(async () => {
      const count = packer.count
      await packer.addDirectory(gitDirectory(copy), '.git')
      tar.finalize()
      return count
    })
    .catch((error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)))
      throw error
    })
  const [count] = await Promise.all([packed, written])
  return count
}

async function writeAll(archive: FileHandle, tar: Pack): Promise<void> {
  for await (const chunk of tar as AsyncIterable<Buffer>) await archive.appendFile(chunk)
}

/** By position: several readers do not meet, and none of them closes what it did not open. */
async function* readAll(archive: FileHandle, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await archive.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
