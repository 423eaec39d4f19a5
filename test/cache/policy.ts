import { RateBudget } from '../../src/cache/rate-budget.ts'
import type { UpstreamPolicy } from '../../src/cache/upstream-policy.ts'
import type { Upstream } from '../../src/upstream/upstream.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { RecordLog } from '../support/record-log.ts'

async function notExpected(): Promise<never> {
  throw new Error('the upstream was asked')
}

/** An upstream that must not be asked. */
const SILENT: Upstream = {
  name: 'docker.io',
  resolve: notExpected,
  fetchManifest: notExpected,
  fetchBlob: notExpected,
  probeBlob: notExpected,
  fetchTags: notExpected,
  fetchReferrers: notExpected,
}

export function policyWith(change: Partial<UpstreamPolicy> = {}): UpstreamPolicy {
  return {
    name: 'docker.io',
    upstream: SILENT,
    credential: undefined,
    privateFor: new Set(),
    maxStaleMs: 0,
    listTtlMs: 0,
    maxDownloads: 32,
    bytesPerSecond: undefined,
    rates: new RateBudget({
      upstream: 'docker.io',
      reserve: 0,
      clock: new FakeClock(),
      log: new RecordLog(),
    }),
    tagTtlMs: () => 0,
    ...change,
  }
}
