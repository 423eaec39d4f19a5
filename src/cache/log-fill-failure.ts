import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { DigestMismatch, SizeMismatch } from '../store/errors.ts'
import { NobodyReads } from '../streams/overflow.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { FillSuspended } from './fill.ts'

/** As loud as it matters to who runs the server. */
export function logFillFailure(log: Log, digest: Digest, error: unknown): void {
  if (error instanceof FillSuspended) {
    log.info({ event: 'fill.suspended', digest }, 'download stopped, to be resumed')
  } else if (error instanceof NobodyReads) {
    log.debug({ event: 'fill.unread', digest }, error.message)
  } else if (error instanceof DigestMismatch || error instanceof SizeMismatch) {
    log.error({ event: 'blob.refused', digest, code: error.code }, error.message)
  } else if (error instanceof UpstreamError) {
    const { code, upstream } = error
    log.warn({ event: 'fill.failed', digest, code, upstream }, error.message)
  } else {
    log.error({ event: 'fill.failed', digest, err: error }, 'download failed')
  }
}
