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
  const upstream = policy.name
  const { id } = admission.credential
  const { outcome } = answered
  if (asked.kind === 'manifest' && content !== undefined) {
    const { reference } = asked
    const { digest, bytes: body } = content
    const children = body === undefined ? NO_CHILDREN : indexes.of(digest, content.mediaType, body)
    const kind = 'manifest'
    ledger.record(id, { upstream, repository, kind, reference, digest, outcome, bytes, children, charge })
  } else if (asked.kind === 'blob') {
    const { digest } = asked
    const kind = 'blob'
    const reference = { kind: 'digest', digest } as const
    const children = NO_CHILDREN
    ledger.record(id, { upstream, repository, kind, reference, digest, outcome, bytes, children, charge })
  }
}
