import type { PullTarget } from '../../cache/access.ts'
import type { OciRequest } from '../../oci/request.ts'
import type { DoorKeeper } from '../door-keeper.ts'
import type { IndexChildren } from '../index-children.ts'
import type { JobLedger } from '../job-ledger.ts'
import type { PullLog } from '../pull-log.ts'
import type { Exchange } from './exchange.ts'

export interface Books {
  readonly ledger: JobLedger
  readonly pulls: PullLog
  readonly indexes: IndexChildren
}

/** What is asked of an image itself. */
export type ContentRequest = Extract<OciRequest, { kind: 'manifest' | 'blob' }>

const NO_CHILDREN: ReadonlySet<string> = new Set()

export function isForContent(asked: OciRequest): asked is ContentRequest {
  return asked.kind === 'manifest' || asked.kind === 'blob'
}

/** Who pulls, as the log tells it: the credential of a job, else an address. */
export function clientOf({ admission, request }: Exchange, doorKeeper: DoorKeeper): string {
  const credential = admission?.credential
  return credential?.kind === 'job' ? credential.id : doorKeeper.addressOf(request)
}

/**
 * Puts down what a client was sent, a part of a blob too.
 * @param beganAt when the request began, in milliseconds since the epoch
 */
export function notePull(
  { ledger, pulls, indexes }: Books,
  exchange: Exchange,
  asked: ContentRequest,
  target: PullTarget,
  beganAt: number,
): void {
  const { admission, answered, content } = exchange
  if (answered === undefined) return
  const children =
    content?.bytes === undefined ? NO_CHILDREN : indexes.of(content.digest, content.mediaType, content.bytes)
  pulls.note(exchange, asked, target, children, beganAt)
  const digest = asked.kind === 'blob' ? asked.digest : content?.digest
  if (admission?.credential?.kind !== 'job' || digest === undefined) return
  const { repository, policy } = target
  const { sentBytes: bytes, charge } = exchange
  ledger.record(admission.credential.id, {
    upstream: policy.name,
    repository,
    kind: asked.kind,
    reference: asked.kind === 'manifest' ? asked.reference : { kind: 'digest', digest },
    digest,
    outcome: answered.outcome,
    bytes,
    children,
    charge,
  })
}
