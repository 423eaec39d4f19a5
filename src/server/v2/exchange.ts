import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answered } from '../../cache/outcome.ts'
import type { Digest } from '../../oci/digest.ts'
import type { OciRequest } from '../../oci/request.ts'
import type { Admission } from '../door-keeper.ts'
import type { PullCharge } from '../pull-charge.ts'

/** One request under /v2 and its reply, with what the log says of it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** By the monotonic clock, in milliseconds. */
  readonly startedAt: number
  /** What is asked, once it could be read. */
  asked?: OciRequest
  /** As whom, once that is known. */
  admission?: Admission
  /** Who pulls, of what is asked of an image: the credential of a job, else an address. */
  client?: string
  /** For what it cost; absent: it was answered from memory. */
  charge?: PullCharge
  /** The manifest that was answered with; without its bytes for HEAD. */
  content?: { readonly digest: Digest; readonly mediaType: string; readonly bytes?: Buffer }
  /** How it was answered, once that is known. */
  answered?: Answered
  sentBytes: number
}
