import type { Digest } from '../oci/digest.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import type { Ingest } from './ingest.ts'

/**
 * Verified content by digest. Content appears by `commit` and never changes; what is open can be read to its
 * end although it is deleted meanwhile. Every method may be called concurrently.
 */
export interface BlobStore {
  /**
   * Opens content for reading. The caller disposes it.
   * @throws BlobNotFound
   */
  open(digest: Digest): Promise<Blob>

  /**
   * Makes a verified ingest durable and visible, all or nothing: after a crash the content is there whole or
   * not at all. Committing content that is stored already succeeds and changes nothing. The ingest stays its
   * owner's to close; when this fails it is closed, and nothing of it is kept. Rejects for one not verified.
   */
  commit(ingest: Ingest): Promise<void>

  /** Removes content; succeeds when it is not there. */
  delete(digest: Digest): Promise<void>

  /**
   * Takes content out of the store that is not what it should be, and keeps the last few of its kind for people
   * to look at. Succeeds when it is not there.
   */
  quarantine(digest: Digest): Promise<void>

  /** Everything that is stored, in no order. Tolerates changes meanwhile. */
  walk(): AsyncIterable<StoredBlob>
}

/** Content that is open. */
export interface Blob extends AsyncDisposable {
  readonly digest: Digest
  readonly sizeBytes: number
  /** Reads from `start` up to `end` (exclusive). The reader outlives the blob's own disposal. */
  read(start: number, end: number): RangeReader
}

export interface StoredBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}
