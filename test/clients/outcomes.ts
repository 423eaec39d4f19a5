import type { LogLine } from '../support/real/entrepot-process.ts'

/** How the requests in the server's own log were answered, for URLs that contain `part`. */
export function outcomes(logs: readonly LogLine[], part = ''): unknown[] {
  return logs
    .filter(({ outcome, url }) => outcome !== undefined && String(url).includes(part))
    .map(({ outcome }) => outcome)
}
