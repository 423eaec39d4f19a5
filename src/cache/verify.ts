import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { algorithmOf, type Digest, hasherFor } from '../oci/digest.ts'
import type { Blob, BlobStore } from '../store/blob-store.ts'
import type { BlobCatalog, ManifestCatalog, StoredManifest } from '../store/catalog.ts'
import { BlobNotFound } from '../store/errors.ts'
import { FileTruncated } from '../streams/file-range.ts'
import type { Refetch } from './repair.ts'

const BATCH = 100
const CHUNK_BYTES = 1024 * 1024

export interface Damage {
  readonly digest: Digest
  readonly kind: 'blob' | 'manifest'
  /** `missing`: the catalog has it, the disk has not. */
  readonly problem: 'wrong-bytes' | 'wrong-size' | 'missing'
  /** False: it was not asked for, or nobody who has it could be asked. It is fetched when a client wants it. */
  readonly repaired: boolean
}

export interface Verified {
  blobs: number
  manifests: number
  bytes: number
  readonly damaged: Damage[]
}

export interface VerifyOptions {
  readonly repair: boolean
  readonly signal?: AbortSignal | undefined
  /** Bytes that are read per second. Absent: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined
  /** Of blobs: those after this one. */
  readonly after?: Digest | undefined
  /** After each blob. */
  readonly onBlob?: (digest: Digest) => Promise<void>
}

/**
 * Hashes again what is kept. What is wrong is taken out of the way at once, repaired or not: from then on it is
 * a miss. Those who have it open read on. One run at a time; others wait.
 */
export class Verifier {
  readonly #store: BlobStore
  readonly #blobs: BlobCatalog
  readonly #manifests: ManifestCatalog
  readonly #forget: (digest: Digest) => void
  readonly #refetch: Refetch
  readonly #clock: Clock
  readonly #log: Log
  readonly #stop = new AbortController()
  #last: Promise<unknown> = Promise.resolve()

  /** @param parts.forget told of what is gone from the catalog */
  constructor(parts: {
    store: BlobStore
    blobs: BlobCatalog
    manifests: ManifestCatalog
    forget: (digest: Digest) => void
    refetch: Refetch
    clock: Clock
    log: Log
  }) {
    this.#store = parts.store
    this.#blobs = parts.blobs
    this.#manifests = parts.manifests
    this.#forget = parts.forget
    this.#refetch = parts.refetch
    this.#clock = parts.clock
    this.#log = parts.log
  }

  /** Everything. Rejects with the signal's reason when it aborts. */
  run(wanted: VerifyOptions): Promise<Verified> {
    const { signal = this.#stop.signal } = wanted
    const options = { ...wanted, signal: AbortSignal.any([signal, this.#stop.signal]) }
    const result = this.#last.then(async () => {
      const done: Verified = { blobs: 0, manifests: 0, bytes: 0, damaged: [] }
      await this.#manifestPass(done, options)
      await this.#blobPass(done, options)
      return done
    })
    this.#last = result.catch(() => {})
    return result
  }

  /** Ends what runs and waits, for good. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#last
  }

  async #manifestPass(done: Verified, options: VerifyOptions): Promise<void> {
    if (options.after !== undefined) return
    for (let rows = await this.#manifests.list(undefined, BATCH); rows.length > 0; ) {
      for (const manifest of rows) {
        options.signal?.throwIfAborted()
        done.manifests += 1
        await this.#pace(manifest.bytes.length, done, options)
        if (hashOf(manifest) !== manifest.digest) await this.#damagedManifest(manifest, done, options)
      }
      rows = await this.#manifests.list(rows.at(-1)?.digest, BATCH)
    }
  }

  async #blobPass(done: Verified, options: VerifyOptions): Promise<void> {
    for (let rows = await this.#blobs.list(options.after, BATCH); rows.length > 0; ) {
      for (const { digest, sizeBytes } of rows) {
        options.signal?.throwIfAborted()
        const problem = await this.#look(digest, sizeBytes, done, options)
        done.blobs += 1
        if (problem !== undefined) await this.#damagedBlob(digest, sizeBytes, problem, done, options)
        await options.onBlob?.(digest)
      }
      rows = await this.#blobs.list(rows.at(-1)?.digest, BATCH)
    }
  }

  async #look(
    digest: Digest,
    sizeBytes: number,
    done: Verified,
    options: VerifyOptions,
  ): Promise<Damage['problem'] | undefined> {
    try {
      await using blob = await this.#store.open(digest)
      if (blob.sizeBytes !== sizeBytes) return 'wrong-size'
      return (await this.#rehash(blob, done, options)) === digest ? undefined : 'wrong-bytes'
    } catch (error) {
      if (error instanceof FileTruncated) return 'wrong-size'
      if (!(error instanceof BlobNotFound)) throw error
      // It may have been evicted since it was listed.
      return (await this.#blobs.find(digest)) === undefined ? undefined : 'missing'
    }
  }

  async #rehash(blob: Blob, done: Verified, options: VerifyOptions): Promise<string> {
    const hash = hasherFor(blob.digest)
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    await using reader = blob.read(0, blob.sizeBytes)
    for (;;) {
      options.signal?.throwIfAborted()
      const count = await reader.read(buffer)
      if (count === 0) return `${algorithmOf(blob.digest)}:${hash.digest('hex')}`
      hash.update(buffer.subarray(0, count))
      await this.#pace(count, done, options)
    }
  }

  async #pace(bytes: number, done: Verified, { bytesPerSecond, signal }: VerifyOptions): Promise<void> {
    done.bytes += bytes
    if (bytesPerSecond !== undefined) await this.#clock.sleep((bytes / bytesPerSecond) * 1000, signal)
  }

  async #damagedBlob(
    digest: Digest,
    sizeBytes: number,
    problem: Damage['problem'],
    done: Verified,
    { repair }: VerifyOptions,
  ): Promise<void> {
    // The file first: a row without a file is put right at the next start, a wrong file without a row is not.
    await this.#store.quarantine(digest)
    await this.#blobs.delete(digest)
    this.#forget(digest)
    const repaired = repair && (await this.#refetch.blob(digest, sizeBytes))
    this.#tell({ digest, kind: 'blob', problem, repaired }, done)
  }

  async #damagedManifest(
    { digest }: StoredManifest,
    done: Verified,
    { repair }: VerifyOptions,
  ): Promise<void> {
    await this.#manifests.drop(digest)
    this.#forget(digest)
    const repaired = repair && (await this.#refetch.manifest(digest))
    this.#tell({ digest, kind: 'manifest', problem: 'wrong-bytes', repaired }, done)
  }

  #tell(damage: Damage, done: Verified): void {
    done.damaged.push(damage)
    const what = damage.repaired ? 'fetched again' : 'it will be fetched when a client wants it'
    this.#log.error({ event: 'content.damaged', ...damage }, `kept content is not what it was: ${what}`)
  }
}

function hashOf({ digest, bytes }: StoredManifest): string {
  return `${algorithmOf(digest)}:${hasherFor(digest).update(bytes).digest('hex')}`
}
