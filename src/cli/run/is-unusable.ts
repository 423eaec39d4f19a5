import { ProxyUnavailable } from '../../executor/dependency-proxy.ts'
import { JobFailure } from '../../executor/failure.ts'
import { RunRefused } from './run-refused.ts'

/** What keeps jobs from beginning, and is none of their own mistakes: the engine, or the proxy. */
export function isUnusable(error: unknown): error is Error {
  return error instanceof RunRefused || error instanceof ProxyUnavailable || error instanceof JobFailure
}
