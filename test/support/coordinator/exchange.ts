import type { IncomingHttpHeaders } from 'node:http'

/** One request, read whole. */
export interface AskedCall {
  readonly method: string
  /** Without `/api/v4/` and the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  /** The body as JSON; empty when it is none, or not said to be one: parameters are then missing. */
  readonly json: Readonly<Record<string, unknown>>
  /** Aborted when the client went away. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  }
}

/** An error as GitLab words it. */
export function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(status, { message: `${status} ${message}` }, headers)
}

export function readJsonBody(headers: IncomingHttpHeaders, bytes: Buffer): Readonly<Record<string, unknown>> {
  if (!(headers['content-type'] ?? '').startsWith('application/json')) return {}
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
