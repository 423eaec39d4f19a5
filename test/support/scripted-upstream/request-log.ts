import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** One request as a scripted server saw it. */
export interface LoggedRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** The Range header. */
  readonly range: string | undefined
  readonly authorization: 'none' | 'basic' | 'bearer'
  readonly headers: IncomingHttpHeaders
  /** Wall time in milliseconds. */
  readonly at: number
  /** What was answered; undefined while there is no answer. */
  status: number | undefined
  /** Bytes of the body handed to the socket so far. */
  bytesSent: number
}

export interface RequestFilter {
  readonly method?: string
  /** The exact path without the query, or a pattern it must match. */
  readonly path?: string | RegExp
}

/** How long a test waits for a request that it expects. */
const WAIT_MS = 5_000

interface Waiter {
  readonly filter: RequestFilter
  readonly wanted: number
  readonly done: () => void
}

export function matches(filter: RequestFilter, request: { method: string; path: string }): boolean {
  if (filter.method !== undefined && filter.method !== request.method) return false
  if (filter.path === undefined) return true
  return typeof filter.path === 'string' ? filter.path === request.path : filter.path.test(request.path)
}

export class RequestLog {
  readonly requests: LoggedRequest[] = []
  #waiters: Waiter[] = []

  add(request: IncomingMessage): LoggedRequest {
    const url = new URL(request.url ?? '/', 'http://scripted.invalid')
    const entry: LoggedRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      range: request.headers.range,
      authorization: schemeOf(request.headers.authorization),
      headers: request.headers,
      at: Date.now(),
      status: undefined,
      bytesSent: 0,
    }
    this.requests.push(entry)
    for (const waiter of [...this.#waiters]) if (this.count(waiter.filter) >= waiter.wanted) waiter.done()
    return entry
  }

  count(filter: RequestFilter = {}): number {
    return this.requests.filter((request) => matches(filter, request)).length
  }

  clear(): void {
    this.requests.length = 0
  }

  /** Resolves once `wanted` matching requests have arrived; rejects after five seconds. */
  waitFor(filter: RequestFilter, wanted = 1): Promise<void> {
    if (this.count(filter) >= wanted) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
      }
      const waiter: Waiter = {
        filter,
        wanted,
        done: () => {
          leave()
          resolve()
        },
      }
      const timer = setTimeout(() => {
        leave()
        const seen = this.requests.map((request) => `${request.method} ${request.path}`).join(', ')
        reject(new Error(`waited for ${wanted} requests, saw ${this.count(filter)} of: ${seen || 'nothing'}`))
      }, WAIT_MS)
      this.#waiters.push(waiter)
    })
  }
}

function schemeOf(header: string | undefined): LoggedRequest['authorization'] {
  const scheme = header?.split(' ', 1)[0]?.toLowerCase()
  return scheme === 'basic' || scheme === 'bearer' ? scheme : 'none'
}
