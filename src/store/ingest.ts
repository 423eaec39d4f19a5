import type { Digest } from '../oci/digest.ts'
import type { Growth } from '../streams/growth.ts'
import type { RangeReader } from '../streams/range-reader.ts'

/**
 * Content on its way in: one local file per digest that grows, is hashed while it grows, and can be followed.
 *
 * begin -> write* -> verify -> BlobStore.commit -> close, or at any moment `suspend` (the file stays and is
 * resumed by the next `begin`, after a restart too) or `abort` (nothing stays). One writer; any number of
 * followers.
 */
export interface Ingests {
  /**
   * Starts an ingest, or resumes what an earlier one of this digest left: the partial file is hashed again
   * from its start before the first `write` is accepted, and can be followed at once. There is one writer:
   * rejects while an ingest of this digest is open.
   */
  begin(digest: Digest): Promise<Ingest>

  /** What lies around unfinished. */
  list(): AsyncIterable<UnfinishedIngest>

  /** Removes what an earlier ingest left. Not for a digest whose ingest is open. */
  discard(digest: Digest): Promise<void>

  /**
   * Starts an ingest that keeps nothing, for when the storage is in trouble: what is written goes to those who
   * hold it, through a bounded window. Any number of a digest, beside one that is kept.
   */
  pass(digest: Digest): Ingest
}

export interface Ingest {
  readonly digest: Digest
  readonly growth: Growth
  /** Bytes that `write` has taken, those included that are not in the file yet: where the next chunk goes. */
  readonly acceptedBytes: number
  /** False when nothing of it will be in the store: it can be verified, not committed. */
  readonly kept: boolean
  /** False when whoever came now would miss bytes that were passed on and not kept. */
  readonly joinable: boolean

  /**
   * Appends. Resolves when the next chunk may come; the chunk must not be changed afterwards. Bytes become
   * readable for followers when they are in the file. Rejects with the error of the file system, an earlier
   * chunk's too; the chunk of a write that rejects was not taken.
   * @throws NobodyReads when nothing is kept and nobody holds it
   */
  write(chunk: Buffer): Promise<void>

  /**
   * Whether what an earlier ingest left is all of it: a crash came between the last byte and the commit. Hashes
   * the partial file again, which would happen anyway; false for an ingest that resumed nothing.
   */
  isWhole(): Promise<boolean>

  /**
   * Waits for what was written, compares the digest, and lets followers read to the end.
   * @throws DigestMismatch the file is gone then, and followers get the error
   */
  verify(): Promise<void>

  /**
   * Goes on without the file, after a write or `verify` failed for want of it: what is in the file is followed
   * there, what comes goes to those who hold it now, through a bounded window in memory. The slowest
   * of them makes `write` wait; one that holds up others is dropped. Nothing is kept.
   */
  pass(): void

  /** Resolves when what `write` took is in the file, or could not be written. */
  flush(): Promise<void>

  /**
   * Takes hold of what is there and what comes, to be read whatever becomes of the ingest. Undefined when it is
   * closed (committed, or ended) or not joinable. Never waits, so nothing can come between the look and the hold.
   */
  hold(): HeldIngest | undefined

  /** Lets go after the commit. Those who hold it read on. */
  close(): Promise<void>

  /**
   * Stops and keeps the partial file; followers get `reason`. Safe to call twice. Resolves when the digest may
   * be begun again. Of `suspend` and `abort` the first one counts.
   */
  suspend(reason: Error): Promise<void>

  /** Stops and removes the file; followers get `reason`. As `suspend` otherwise. */
  abort(reason: Error): Promise<void>
}

export interface HeldIngest extends AsyncDisposable {
  /** Reads from `start` up to `end` (exclusive; absent: the end, wherever that turns out to be). */
  read(start: number, end?: number): RangeReader
}

export interface UnfinishedIngest {
  readonly digest: Digest
  readonly sizeBytes: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}
