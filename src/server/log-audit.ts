import type { Audit, AuditActor, AuditEvent } from '../auth/audit.ts'
import type { Log } from '../log.ts'

/** Writes what concerns credentials into the server's own log, marked so that it can be told apart. */
export class LogAudit implements Audit {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  record(actor: AuditActor, { event, ...rest }: AuditEvent): void {
    this.#log.info({ event, audit: true, ...actor, ...rest }, event)
  }
}
