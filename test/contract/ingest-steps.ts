import type { Digest } from '../../src/oci/digest.ts'
import type { Ingest, Ingests, UnfinishedIngest } from '../../src/store/ingest.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'

export async function listUnfinished(ingests: Ingests): Promise<UnfinishedIngest[]> {
  const all: UnfinishedIngest[] = []
  for await (const unfinished of ingests.list()) all.push(unfinished)
  return all
}

/** Leaves a partial file behind. */
export async function leavePart(ingests: Ingests, digest: Digest, bytes: Buffer): Promise<void> {
  const ingest = await ingests.begin(digest)
  await ingest.write(bytes)
  await ingest.suspend(new Error('stopped'))
}

/** Ends a test that has what it wanted. */
export function drop(ingest: Ingest): Promise<void> {
  return ingest.abort(new Error('the test is over'))
}

/** A reader of an ingest that can be joined; it outlives the hold that it comes from. */
export function follow(ingest: Ingest, start: number, end?: number): RangeReader {
  const held = ingest.hold()
  if (held === undefined) throw new Error(`the ingest of ${ingest.digest} cannot be joined`)
  const reader = held.read(start, end)
  void held[Symbol.asyncDispose]()
  return reader
}
