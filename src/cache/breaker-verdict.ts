import type { UpstreamError, UpstreamErrorCode } from '../upstream/errors.ts'
import type { Verdict } from './breaker.ts'

const OF_REGISTRY: Readonly<Record<UpstreamErrorCode, Verdict>> = {
  unreachable: 'failure',
  timeout: 'failure',
  failed: 'failure',
  interrupted: 'failure',
  // One image that is broken there is no reason to keep others from being fetched.
  invalid: 'doubt',
  refused: 'doubt',
  'rate-limited': 'answer',
  denied: 'answer',
  'not-found': 'answer',
}

/** What an error says of the registry itself. */
export function registryVerdict(error: UpstreamError): Verdict {
  return error.server === 'registry' ? OF_REGISTRY[error.code] : 'nothing'
}

/**
 * What an error says of the downloads of blobs, from the registry or from where it sends us. That the registry
 * limits us is the rate budget's to keep.
 */
export function blobVerdict(error: UpstreamError): Verdict {
  if (error.server === 'token' || error.code === 'rate-limited') return 'nothing'
  return OF_REGISTRY[error.code]
}

/** What an error says of the server that issues tokens: one that limits us gives no tokens either. */
export function tokenVerdict(error: UpstreamError): Verdict {
  if (error.server !== 'token') return 'nothing'
  return error.code === 'rate-limited' ? 'failure' : OF_REGISTRY[error.code]
}
