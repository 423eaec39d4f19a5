import { addAbortSignal, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import type { SelectedFile } from '../files/selected-files.ts'
import { ArchiveError } from './archive-error.ts'
import { MAX_FILES } from './archive-limits.ts'
import type { TemporaryFile } from './temporary-file.ts'

const DIRECTORY = 0o040000
const FILE = 0o100000
const SYMLINK = 0o120777

/**
 * Packs files, with their permissions; links stay links.
 * @param level of compression, for zlib
 * @throws ArchiveError `TOO_LARGE`; what the files throw
 */
export async function writeZip(
  file: TemporaryFile,
  files: AsyncIterable<SelectedFile>,
  level: number,
): Promise<void> {
  const zip = new ZipFile()
  const broken = new AbortController()
  const output = addAbortSignal(broken.signal, zip.outputStream as Readable)
  zip.on('error', (error: Error) => broken.abort(error))
  // Either end that fails ends the other, which waits for it.
  const written = file.append(output).catch((error: unknown) => {
    broken.abort(error)
    throw error
  })
  try {
    await addFiles(zip, files, { level, signal: broken.signal })
    zip.end()
    await written
  } catch (error) {
    broken.abort(error)
    await written.catch(() => {})
    throw broken.signal.reason
  }
}

async function addFiles(
  zip: ZipFile,
  files: AsyncIterable<SelectedFile>,
  { level, signal }: { readonly level: number; readonly signal: AbortSignal },
): Promise<void> {
  let count = 0
  for await (const { path, type, mode, mtime, sizeBytes, target, body } of files) {
    count += 1
    if (count > MAX_FILES) throw new ArchiveError('TOO_LARGE', `the archive has more than ${MAX_FILES} files`)
    if (type === 'directory') zip.addEmptyDirectory(path, { mtime, mode: DIRECTORY | mode })
    else if (type === 'symlink') zip.addBuffer(Buffer.from(target), path, { mtime, mode: SYMLINK })
    else {
      const content = addAbortSignal(signal, Readable.from(body, { objectMode: false }))
      zip.addReadStream(content, path, { mtime, mode: FILE | mode, size: sizeBytes, compressionLevel: level })
      await finished(content)
    }
  }
}
