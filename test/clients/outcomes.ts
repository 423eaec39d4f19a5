import type { LogLine } from '../support/real/entrepot-process.ts'

/** How the requests in the server's own log were answered, for URLs that contain `part`. */
export function outcomes(logs: readonly LogLine[], part = ''): unknown[] {
  return logs
    .filter(({ outcome, url }) => outcome !== undefined && String(url).includes(part))
    .map(({ outcome }) => outcome)
}

/**
 * The lines of requests that began at the instant or later. A line is written when its reply has ended, or was given
 * up, which may be long after the client has gone on.
 * @param instant milliseconds since the epoch
 */
export function begunSince(logs: readonly LogLine[], instant: number): readonly LogLine[] {
  return logs.filter(({ time, durationMs = 0 }) => Date.parse(String(time)) - Number(durationMs) >= instant)
}
