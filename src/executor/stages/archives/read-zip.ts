import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl'
import { makeTar } from '../../tar/make-tar.ts'
import { foldersOf } from '../files/file-selection.ts'
import { ArchiveError } from './archive-error.ts'
import { MAX_FILES, MAX_UNPACKED_BYTES } from './archive-limits.ts'
import type { TemporaryFile } from './temporary-file.ts'

/** Of a path, also of one that a link leads to: no file has a longer one on Linux (PATH_MAX). */
const MAX_PATH_BYTES = 4096
const TYPE = 0o170000
const SYMLINK = 0o120000
/** The high byte of "version made by". */
const MADE_ON_UNIX = 3

export interface ZipLimits {
  readonly maxBytes: number
  readonly maxFiles: number
}

const LIMITS: ZipLimits = { maxBytes: MAX_UNPACKED_BYTES, maxFiles: MAX_FILES }

/** What a zip of strangers holds, looked through before anything of it is unpacked. */
export interface CheckedZip {
  /** Directories that files are in and that are no entries themselves, relative. */
  readonly folders: readonly string[]
  /** The same files. A link is never passed through: what is behind one is refused. */
  toTar(): Readable
}

/** @throws ArchiveError */
export async function readZip(file: TemporaryFile, limits: ZipLimits = LIMITS): Promise<CheckedZip> {
  const named = new Set<string>()
  const needed = new Set<string>()
  let sizeBytes = 0
  let count = 0
  for await (const { entry } of zipEntries(file)) {
    count += 1
    sizeBytes += entry.uncompressedSize
    if (count > limits.maxFiles) throw tooLarge(`${limits.maxFiles} files`)
    if (sizeBytes > limits.maxBytes) throw tooLarge(`${limits.maxBytes} bytes`)
    const path = pathOf(entry)
    if (isDirectory(entry)) named.add(path)
    for (const folder of foldersOf(path)) needed.add(folder)
    // A few long names are in more folders than an archive of their size has files.
    if (needed.size > limits.maxFiles) throw tooLarge(`${limits.maxFiles} folders`)
  }
  return { folders: [...needed].filter((folder) => !named.has(folder)), toTar: () => zipToTar(file) }
}

function zipToTar(file: TemporaryFile): Readable {
  const links = new Set<string>()
  return makeTar(async (add) => {
    for await (const { entry, open } of zipEntries(file)) {
      const path = pathOf(entry)
      if (path === '') continue
      const link = foldersOf(path).find((folder) => links.has(folder))
      if (link !== undefined) throw invalid(`it has "${path}" behind the link "${link}"`)
      const header = { name: path, mode: modeOf(entry), mtime: entry.getLastModDate() }
      if (isDirectory(entry)) await add({ ...header, name: `${path}/`, type: 'directory' })
      else if (isSymlink(entry)) {
        links.add(path)
        await add({ ...header, type: 'symlink', linkname: await targetOf(entry, open) })
      } else await add({ ...header, type: 'file', size: entry.uncompressedSize }, open())
    }
  })
}

interface OpenedEntry {
  readonly entry: Entry
  readonly open: () => AsyncIterable<Buffer>
}

/** @throws ArchiveError, also for names that are absolute or lead out of the archive */
async function* zipEntries(file: TemporaryFile): AsyncGenerator<OpenedEntry> {
  try {
    const zip = await fromFdPromise(file.descriptor, { autoClose: false, lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw invalid('it is encrypted')
      if (entry.fileNameLength > MAX_PATH_BYTES) throw invalid(`a name has more than ${MAX_PATH_BYTES} bytes`)
      yield { entry, open: () => bodyOf(zip, entry) }
    }
  } catch (error) {
    throw asArchiveError(error)
  }
}

/** @throws ArchiveError, also while it is read: what a header says need not be true */
async function* bodyOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  try {
    yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>
  } catch (error) {
    throw asArchiveError(error)
  }
}

function asArchiveError(error: unknown): ArchiveError {
  return error instanceof ArchiveError ? error : invalid((error as Error).message, error)
}

function pathOf({ fileName }: Entry): string {
  return fileName
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

function isDirectory({ fileName }: Entry): boolean {
  return fileName.endsWith('/')
}

function unixMode({ versionMadeBy, externalFileAttributes }: Entry): number {
  return versionMadeBy >>> 8 === MADE_ON_UNIX ? externalFileAttributes >>> 16 : 0
}

function isSymlink(entry: Entry): boolean {
  return (unixMode(entry) & TYPE) === SYMLINK
}

function modeOf(entry: Entry): number {
  const mode = unixMode(entry) & 0o7777
  return mode === 0 ? (isDirectory(entry) ? 0o755 : 0o644) : mode
}

async function targetOf(entry: Entry, open: () => AsyncIterable<Buffer>): Promise<string> {
  if (entry.uncompressedSize > MAX_PATH_BYTES) throw invalid(`the link "${entry.fileName}" leads too far`)
  return await text(open())
}

function tooLarge(limit: string): ArchiveError {
  return new ArchiveError('TOO_LARGE', `the archive would unpack to more than ${limit}`)
}

function invalid(trouble: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INVALID', `the archive cannot be unpacked: ${trouble}`, cause)
}
