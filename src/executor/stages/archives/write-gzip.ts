import { posix } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'
import type { SelectedFile } from '../files/selected-files.ts'
import type { TemporaryFile } from './temporary-file.ts'

/** RFC 1952, section 2.3. */
const MAGIC = [0x1f, 0x8b, 0x08]
const HAS_NAME = 0x08
const UNIX = 3

/**
 * Writes files one after the other, each compressed for itself under its name: that is how GitLab takes several
 * reports in one. Only files are written.
 * @param level of compression, for zlib
 * @throws ArchiveError `TOO_LARGE`; what the files throw
 */
export async function writeGzip(
  file: TemporaryFile,
  files: AsyncIterable<SelectedFile>,
  level: number,
): Promise<void> {
  for await (const selected of files) {
    if (selected.type === 'file') await file.append(memberOf(selected, level))
  }
}

async function* memberOf({ path, mtime, body }: SelectedFile, level: number): AsyncGenerator<Buffer> {
  const header = Buffer.from([...MAGIC, HAS_NAME, 0, 0, 0, 0, 0, UNIX])
  header.writeUInt32LE(Math.max(0, Math.floor(mtime.getTime() / 1000)) >>> 0, 4)
  yield Buffer.concat([header, Buffer.from(`${posix.basename(path)}\0`)])

  let checksum = 0
  let sizeBytes = 0
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      checksum = crc32(chunk, checksum)
      sizeBytes += chunk.length
      yield chunk
    }
  }
  const deflate = createDeflateRaw({ level })
  // Who reads hears of a failure.
  yield* pipeline(Readable.from(counted()), deflate, () => {}) as AsyncIterable<Buffer>

  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(checksum >>> 0, 0)
  // Modulo 2^32, as the format has it.
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4)
  yield trailer
}
