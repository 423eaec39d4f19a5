import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answered } from '../../cache/outcome.ts'

/** One request under /v2 and its reply, with what the log says of it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number
  /** How it was answered, once that is known. */
  answered?: Answered
  sentBytes: number
}
