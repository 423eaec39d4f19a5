import type { PullTarget } from '../../cache/access.ts'
import type { OciRequest } from '../../oci/request.ts'
import type { IndexChildren } from '../index-children.ts'
import type { JobLedger } from '../job-ledger.ts'
import type { Exchange } from './exchange.ts'

export interface Books {
  readonly ledger: JobLedger
  readonly indexes: IndexChildren
}

const NO_CHILDREN: ReadonlySet<string> = new Set()

/** Whether what is pulled is put down: what jobs pull. Everybody else pays nothing for it. */
export function isNoted({ admission }: Exchange): boolean {
  return admission?.credential?.kind === 'job'
}

/** Puts down what a job was sent, a part of a blob too. */
export function notePull(
  { ledger, indexes }: Books,
  exchange: Exchange,
  asked: OciRequest,
  { policy, repository }: PullTarget,
): void {
  const { admission, answered, content, sentBytes: bytes, charge } = exchange
  if (answered === undefined || admission?.credential === undefined) return
  const pulled = { upstream: policy.name, repository, outcome: answered.outcome, bytes, charge }
  if (asked.kind === 'manifest' && content !== undefined) {
    const { digest, mediaType, bytes: body } = content
    const children = body === undefined ? NO_CHILDREN : indexes.of({ digest, mediaType, bytes: body })
    const { reference } = asked
    ledger.record(admission.credential.id, { ...pulled, kind: 'manifest', reference, digest, children })
  } else if (asked.kind === 'blob') {
    const { digest } = asked
    const reference = { kind: 'digest', digest } as const
    ledger.record(admission.credential.id, {
      ...pulled,
      kind: 'blob',
      reference,
      digest,
      children: NO_CHILDREN,
    })
  }
}
