import type { JobAccess, PullRecord } from '../dependency-proxy.ts'

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

/** ` (cache hit, 0 upstream requests)` */
export function pullSource({ outcome, upstreamRequests }: PullRecord): string {
  const requests = `${upstreamRequests} upstream request${upstreamRequests === 1 ? '' : 's'}`
  return ` (${OUTCOMES[outcome]}, ${requests})`
}

/** Where the bytes of a running pull come from. */
export function bytesFrom({ outcome }: PullRecord): 'cache' | 'upstream' {
  return outcome === 'miss' || outcome === 'updated' || outcome === 'skip' ? 'upstream' : 'cache'
}
