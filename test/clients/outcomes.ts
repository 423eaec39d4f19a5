import type { LogLine } from '../support/real/entrepot-process.ts'

/** How the requests in the server's own log were answered, for paths that contain `part`. */
export function outcomes(logs: readonly LogLine[], part = ''): unknown[] {
  return logs
    .filter(({ outcome, path }) => outcome !== undefined && String(path).includes(part))
    .map(({ outcome }) => outcome)
}
