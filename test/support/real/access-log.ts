/** One request in the log of docker-registry, which writes it when the reply has ended. */
export interface AccessLogEntry {
  readonly method: string
  /** With the query, as received. */
  readonly url: string
  readonly status: number
  readonly bytes: number
  readonly userAgent: string
}

// 127.0.0.1 - - [21/Nov/2026:02:44:00 +0000] "GET /v2/ HTTP/1.1" 200 2 "" "curl/8"
const COMBINED = /^\S+ - \S+ \[[^\]]+\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "[^"]*" "([^"]*)"/

/** Undefined for lines that are not access log lines. */
export function parseAccessLogLine(line: string): AccessLogEntry | undefined {
  const match = COMBINED.exec(line)
  if (match === null) return undefined
  const [, method = '', url = '', status, bytes, userAgent = ''] = match
  return { method, url, status: Number(status), bytes: Number(bytes) || 0, userAgent }
}
