import type { IncomingMessage } from 'node:http'

const MAX_URL = 300

/** The URL of a request as the log and the audit log have it: strangers write it. */
export function shownUrl({ url }: IncomingMessage): string | undefined {
  return url?.slice(0, MAX_URL)
}

/** `GET /v2/`: what was asked, for one line of a log. */
export function requestLine(request: IncomingMessage): string {
  return `${request.method} ${shownUrl(request)}`
}
