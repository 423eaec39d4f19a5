import type { IncomingHttpHeaders } from 'node:http'
import { headerOf } from './reply-headers.ts'
import type { RateLimit } from './upstream.ts'

const MAX_SOURCE_LENGTH = 100

/**
 * What an upstream says of its pull limit, as Docker Hub does: `ratelimit-limit: 100;w=21600`,
 * `ratelimit-remaining: 76;w=21600`, `docker-ratelimit-source`. Undefined when it says nothing that can be read:
 * there is no limit, or it is not told.
 */
export function readRateLimit(headers: IncomingHttpHeaders): RateLimit | undefined {
  const limit = readQuota(headerOf(headers, 'ratelimit-limit'))
  const remaining = readQuota(headerOf(headers, 'ratelimit-remaining'))
  if (limit === undefined || remaining === undefined) return undefined
  return {
    limit: limit.pulls,
    remaining: Math.min(limit.pulls, remaining.pulls),
    windowSeconds: limit.windowSeconds ?? remaining.windowSeconds,
    source: readSource(headerOf(headers, 'docker-ratelimit-source')),
  }
}

interface Quota {
  readonly pulls: number
  readonly windowSeconds: number | undefined
}

/** Of several limits in one header the first counts. */
function readQuota(header: string | undefined): Quota | undefined {
  const [first = ''] = (header ?? '').split(',', 1)
  const [pulls = '', ...parameters] = first.split(';').map((part) => part.trim())
  if (!/^\d{1,9}$/.test(pulls)) return undefined
  const window = parameters.flatMap((parameter) => /^w=(\d{1,9})$/i.exec(parameter)?.[1] ?? [])[0]
  return { pulls: Number(pulls), windowSeconds: Number(window ?? 0) || undefined }
}

/** An address or an account's id; shown to people, so anything else is left out. */
function readSource(header: string | undefined): string | undefined {
  const text = header?.trim() ?? ''
  return /^[\x21-\x7e]+$/.test(text) && text.length <= MAX_SOURCE_LENGTH ? text : undefined
}
