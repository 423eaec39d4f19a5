import type { JobAccess, PullRecord } from '../dependency-proxy.ts'
import type { ImageSource } from '../executor.ts'
import type { ImageArrival } from './image-resolver.ts'

const OUTCOMES: Readonly<Record<PullRecord['outcome'], string>> = {
  hit: 'cache hit',
  revalidated: 'cache hit, revalidated',
  stale: 'cache hit, stale: the registry does not answer',
  miss: 'cache miss',
  updated: 'cache miss: the tag has moved',
  skip: 'not cached',
}

/** What the proxy tells of one image, of several pulls the last. Undefined: nothing, or it cannot be asked. */
export async function findPullRecord(
  access: Pick<JobAccess, 'pulls'>,
  canonical: string,
): Promise<PullRecord | undefined> {
  try {
    const records = await access.pulls()
    return records.filter(({ reference }) => reference === canonical).at(-1)
  } catch {
    // It only makes a line of the log richer: the image is there.
    return undefined
  }
}

/** What the end of a line says of how an image came: ` (cache hit, 0 upstream requests)`; ` ...` when nobody counted. */
export function arrivalText({ source, upstreamRequests: count }: ImageArrival): string {
  if (!isOutcome(source) || count === undefined) return ' ...'
  return ` (${OUTCOMES[source]}, ${count} upstream request${count === 1 ? '' : 's'})`
}

/** Where the bytes of an image came from; `local`: none were sent. */
export type PulledFrom = 'cache' | 'upstream' | 'local'

export function pulledFrom(source: ImageSource): PulledFrom {
  if (source === 'local') return 'local'
  return source === 'hit' || source === 'revalidated' || source === 'stale' ? 'cache' : 'upstream'
}

function isOutcome(source: ImageSource): source is PullRecord['outcome'] {
  return Object.hasOwn(OUTCOMES, source)
}
