import { gzipSync } from 'node:zlib'
import type { Reply } from './reply.ts'
import { errorReply } from './reply.ts'
import type { LoggedRequest, RequestFilter } from './request-log.ts'
import { matches } from './request-log.ts'

/** One thing that goes wrong with a matching request. `afterBytes` counts bytes of the reply's body. */
export type Fault =
  /** Send so much, then nothing more, with the connection open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Send so much, then RST. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Send so much, then FIN: the Content-Length is not met. */
  | { readonly kind: 'close'; readonly afterBytes: number }
  /** Never answer. */
  | { readonly kind: 'silence' }
  /** RST before the head. */
  | { readonly kind: 'drop' }
  /** Wait for the gate: before the head, or after so many bytes of the body. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown>; readonly afterBytes?: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** The right length, other bytes. */
  | { readonly kind: 'wrong-bytes' }
  /** Other content, delivered properly. */
  | { readonly kind: 'replace-body'; readonly body: Buffer }
  /** Announce another length; `none` sends chunked. */
  | { readonly kind: 'content-length'; readonly value: number | 'none' }
  /** Answer this instead. A string body is sent as it is; the default is a registry error. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | {
      readonly kind: 'redirect'
      readonly to: string | ((request: LoggedRequest) => string)
      /** Default 307. */
      readonly status?: number
    }
  /** Answer 200 with everything. */
  | { readonly kind: 'ignore-range' }
  /** Change headers of the reply; undefined removes one. */
  | { readonly kind: 'headers'; readonly set: Readonly<Record<string, string | undefined>> }
  /** Compress the body and say so. */
  | { readonly kind: 'gzip' }

export interface FaultRule {
  /** Absent: every request. */
  readonly match?: RequestFilter
  /** How many matching requests are hit; default all of them. */
  readonly times?: number
  /** How many matching requests pass first; default 0. */
  readonly after?: number
  readonly do: Fault | readonly Fault[]
}

/** The rules of one server. The first rule that matches and is not used up decides. */
export class FaultBook {
  #rules: { readonly rule: FaultRule; seen: number }[] = []

  /** Returns a function that takes the rule out again. */
  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0 }
    this.#rules.push(entry)
    return () => {
      this.#rules = this.#rules.filter((other) => other !== entry)
    }
  }

  clear(): void {
    this.#rules = []
  }

  take(request: LoggedRequest): readonly Fault[] {
    for (const entry of this.#rules) {
      const { match = {}, times = Number.POSITIVE_INFINITY, after = 0, do: faults } = entry.rule
      if (!matches(match, request)) continue
      if (entry.seen >= after + times) continue
      entry.seen += 1
      if (entry.seen > after) return 'kind' in faults ? [faults] : faults
    }
    return []
  }
}

export function applyFault(fault: Fault, reply: Reply, request: LoggedRequest): Reply {
  const { delivery, headers, body } = reply
  switch (fault.kind) {
    case 'stall':
    case 'reset':
    case 'close':
      return { ...reply, delivery: { ...delivery, cut: { afterBytes: fault.afterBytes, by: fault.kind } } }
    case 'hold': {
      if (fault.afterBytes === undefined) return reply
      const hold = { afterBytes: fault.afterBytes, until: fault.until }
      return { ...reply, delivery: { ...delivery, hold } }
    }
    case 'throttle':
      return { ...reply, delivery: { ...delivery, bytesPerSecond: fault.bytesPerSecond } }
    case 'wrong-bytes':
      return { ...reply, body: Buffer.from(body.map((byte) => byte ^ 0xff)) }
    case 'replace-body':
      return { ...reply, body: fault.body }
    case 'content-length':
      return fault.value === 'none'
        ? { ...reply, headers: { ...headers, 'transfer-encoding': 'chunked' } }
        : { ...reply, headers: { ...headers, 'content-length': String(fault.value) } }
    case 'status': {
      const own = errorReply(fault.status, 'UNKNOWN', `scripted ${fault.status}`)
      const sent = fault.body === undefined ? own.body : Buffer.from(fault.body)
      return { status: fault.status, headers: { ...own.headers, ...fault.headers }, body: sent }
    }
    case 'redirect': {
      const location = typeof fault.to === 'string' ? fault.to : fault.to(request)
      return { status: fault.status ?? 307, headers: { location }, body: Buffer.alloc(0) }
    }
    case 'headers': {
      const kept = Object.entries({ ...headers, ...fault.set })
      return { ...reply, headers: Object.fromEntries(kept.filter(isPresent)) }
    }
    case 'gzip':
      return { ...reply, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body) }
    case 'silence':
    case 'drop':
    case 'ignore-range':
      return reply
  }
}

function isPresent(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined
}
