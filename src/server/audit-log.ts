import type { Audit, AuditActor, AuditEvent } from '../auth/audit.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { redactSecrets } from '../redact.ts'

/** Takes lines, and never makes the caller wait. */
export interface AuditLines {
  append(line: string): void
}

/** 32 MiB in all: some 100,000 events. */
export const AUDIT_BOUNDS = { maxBytes: 8 * 1024 * 1024, maxFiles: 4, maxWaitingBytes: 1024 * 1024 }

/** Within a minute. A loop that asks for what is not its own would push everything else out of the files. */
const MAX_REFUSALS = 300
const WINDOW_MS = 60_000

/**
 * Writes what concerns credentials into a file that outlasts the log, and into the log for those who collect that.
 * Refusals are the only thing that strangers can cause: of more than a few hundred in a minute the rest is counted.
 */
export class AuditLog implements Audit {
  readonly #lines: AuditLines
  readonly #log: Log
  readonly #clock: Clock
  #windowEndsAt = 0
  #refusals = 0
  #unrecorded = 0

  constructor(lines: AuditLines, log: Log, clock: Clock) {
    this.#lines = lines
    this.#log = log
    this.#clock = clock
  }

  record(actor: AuditActor, { event, ...rest }: AuditEvent): void {
    const now = this.#clock.now()
    if (isRefusal(event) && !this.#hasRoom(now)) return
    const unrecorded = this.#unrecorded === 0 ? undefined : this.#unrecorded
    this.#unrecorded = 0
    const fields = { event, ...actor, ...rest, unrecorded }
    this.#lines.append(redactSecrets(JSON.stringify({ time: new Date(now).toISOString(), ...fields })))
    this.#log.info({ ...fields, audit: true }, event)
  }

  #hasRoom(now: number): boolean {
    // A clock that was set back must not close the window for years.
    if (now >= this.#windowEndsAt || now < this.#windowEndsAt - WINDOW_MS) {
      this.#windowEndsAt = now + WINDOW_MS
      this.#refusals = 0
    }
    this.#refusals += 1
    if (this.#refusals <= MAX_REFUSALS) return true
    this.#unrecorded += 1
    return false
  }
}

function isRefusal(event: AuditEvent['event']): boolean {
  return event === 'login.refused' || event === 'pull.denied' || event === 'api.denied'
}

/** Nobody waits for the file, and nobody is refused because it cannot be written. */
export function onAuditLoss(log: Log): (error: unknown) => void {
  return (error) => {
    log.warn(
      { event: 'audit.unwritten', err: error },
      'audit.log cannot be written: see the log for its events',
    )
  }
}
