import { createHash } from 'node:crypto'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { makeTar } from '../../tar/make-tar.ts'
import { type TarEntry, tarEntries } from '../../tar/tar-entries.ts'
import { TarInvalid } from '../../tar/tar-invalid.ts'
import { ArchiveError } from '../archives/archive-error.ts'
import { MAX_UNPACKED_BYTES } from '../archives/archive-limits.ts'
import type { SelectedFile } from '../files/selected-files.ts'

/** @returns a compressed tar that is made while it is read; it throws what the files throw */
export function packCache(files: AsyncIterable<SelectedFile>, level: number): Readable {
  const tar = makeTar(async (add) => {
    for await (const { path, type, mode, mtime, sizeBytes, target, body } of files) {
      const name = type === 'directory' ? `${path}/` : path
      await add({ name, type, mode, mtime, size: sizeBytes, linkname: target }, body)
    }
  })
  // Who reads hears of a failure.
  return pipeline(tar, createGzip({ level }), () => {})
}

/**
 * @param archive ended with what is returned
 * @throws ArchiveError when it is read, for what is no cache, for more than there may be and for what leads out of the
 * project; what the archive throws
 */
export function unpackCache(archive: Readable, maxBytes = MAX_UNPACKED_BYTES): Readable {
  const tar = pipeline(archive, createGunzip(), () => {})
  return makeTar(async (add) => {
    let sizeBytes = 0
    for await (const { header, body } of cacheEntries(tar)) {
      sizeBytes += header.size
      if (sizeBytes > maxBytes) {
        throw new ArchiveError('TOO_LARGE', `the cache would unpack to more than ${maxBytes} bytes`)
      }
      if (header.name.startsWith('/') || header.name.split('/').includes('..')) {
        throw new ArchiveError('INVALID', `the cache holds "${header.name}", which is not in the project`)
      }
      await add(header, body)
    }
  })
}

async function* cacheEntries(tar: Readable): AsyncGenerator<TarEntry, void, undefined> {
  try {
    for await (const { header, body } of tarEntries(tar)) yield { header, body: cacheBody(body) }
  } catch (error) {
    throw asArchiveError(error)
  }
}

async function* cacheBody(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body
  } catch (error) {
    throw asArchiveError(error)
  }
}

/** Trouble with the bytes; what keeps them may have trouble of its own. */
function asArchiveError(error: unknown): unknown {
  const isGzip = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
  if (!isGzip && !(error instanceof TarInvalid)) return error
  return new ArchiveError('INVALID', `the cache cannot be unpacked: ${error.message}`, error)
}

/** @returns what is the same for the same files: names, sizes, permissions, times; not the times of directories */
export async function fingerprintOf(files: AsyncIterable<SelectedFile>): Promise<string> {
  const hash = createHash('sha256')
  for await (const { path, type, mode, mtime, sizeBytes, target } of files) {
    const time = type === 'directory' ? 0 : mtime.getTime()
    hash.update(`${JSON.stringify([path, type, mode, sizeBytes, time, target])}\n`)
  }
  return hash.digest('hex')
}
