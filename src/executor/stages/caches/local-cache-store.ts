import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { Clock } from '../../../clock.ts'
import { fileErrorCode } from '../../../file-error.ts'
import { CacheRefused } from '../cache-refused.ts'
import type { CachePlace, CacheStore, FoundCache, SavedCache } from '../cache-store.ts'
import { evictCaches } from './evict-caches.ts'

export interface LocalCacheOptions {
  /** Made when it is missing: `$XDG_CACHE_HOME/entrepot/jobs`. Several processes may have it at once. */
  readonly directory: string
  /** Of all archives together (`cache_max_size`); the least recently used go first. */
  readonly maxBytes: number
  /** Archives that nobody used for longer go (`cache_keep`). Absent: only for room. */
  readonly maxAgeMs?: number | undefined
  readonly clock: Clock
}

/** Before the archive: what the file is, its format, the fingerprint. */
const HEADER = /^entrepot-cache 1 ([0-9a-f]{1,128})\n/
const MAX_HEADER_BYTES = 256

/**
 * Archives in a directory of this machine, named for the hash of project and key: keys are written by strangers. One
 * comes into place by a rename, so readers have the old one or the new one, and a crash leaves the old one. The time of
 * a file's last change is that of its last use.
 */
export class LocalCacheStore implements CacheStore {
  readonly #options: LocalCacheOptions

  constructor(options: LocalCacheOptions) {
    this.#options = options
  }

  async find(place: CachePlace, signal: AbortSignal): Promise<FoundCache | undefined> {
    signal.throwIfAborted()
    const path = this.#pathOf(place)
    const handle = await openIfThere(path)
    if (handle === undefined) return undefined
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0)
      const header = HEADER.exec(buffer.toString('latin1', 0, bytesRead))
      if (header === null) {
        await handle.close()
        await rm(path, { force: true })
        return undefined
      }
      const { clock, maxAgeMs = Number.POSITIVE_INFINITY } = this.#options
      if (clock.now() - (await handle.stat()).mtimeMs > maxAgeMs) {
        await handle.close()
        return undefined
      }
      const now = new Date(clock.now())
      await handle.utimes(now, now)
      const archive = handle.createReadStream({ start: header[0].length })
      return { archive: addAbortSignal(signal, archive), fingerprint: header[1] ?? '' }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async save(place: CachePlace, { archive, fingerprint }: SavedCache, signal: AbortSignal): Promise<void> {
    const { directory, clock, maxBytes, maxAgeMs } = this.#options
    const temporary = join(directory, 'incoming', randomUUID())
    const path = this.#pathOf(place)
    try {
      await mkdir(dirname(temporary), { recursive: true, mode: 0o700 })
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await using handle = await open(temporary, 'wx', 0o600)
      await handle.appendFile(`entrepot-cache 1 ${fingerprint}\n`)
      let sizeBytes = 0
      for await (const chunk of addAbortSignal(signal, archive) as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) throw tooLarge(place, maxBytes)
        await handle.appendFile(chunk)
      }
      await handle.datasync()
      const now = new Date(clock.now())
      await handle.utimes(now, now)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw signal.aborted ? signal.reason : error
    } finally {
      archive.destroy()
    }
    await evictCaches(directory, { maxBytes, maxAgeMs, nowMs: clock.now(), keep: path })
  }

  #pathOf({ project, key }: CachePlace): string {
    return join(this.#options.directory, 'archives', nameOf(project), nameOf(key))
  }
}

function nameOf(written: string): string {
  return createHash('sha256').update(written).digest('hex')
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function tooLarge({ key }: CachePlace, maxBytes: number): CacheRefused {
  return new CacheRefused(
    `cache ${key} is not kept: it is larger than all caches of this machine may be (${maxBytes} bytes); name less in its paths, or raise cache_max_size`,
  )
}
