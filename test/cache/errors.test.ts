import { describe, expect, test } from 'vitest'
import { isTrouble, toOciError } from '../../src/cache/errors.ts'
import type { OciErrorCode } from '../../src/oci/errors.ts'
import { UpstreamError, type UpstreamErrorCode } from '../../src/upstream/errors.ts'

const IMAGE = 'docker.io/library/app:latest'

interface Row {
  readonly code: UpstreamErrorCode
  readonly manifest: OciErrorCode
  readonly blob: OciErrorCode
  readonly status: number
  /** When the upstream says nothing of it. */
  readonly retryAfterMs: number | undefined
  readonly trouble: boolean
}

const UNAVAILABLE = { manifest: 'UPSTREAM_UNAVAILABLE', blob: 'UPSTREAM_UNAVAILABLE', status: 502 } as const

/** A row for every code there is: the type asks for it. */
const TABLE = {
  unreachable: { ...UNAVAILABLE, retryAfterMs: 30_000, trouble: true },
  failed: { ...UNAVAILABLE, retryAfterMs: 30_000, trouble: true },
  interrupted: { ...UNAVAILABLE, retryAfterMs: 30_000, trouble: true },
  refused: { ...UNAVAILABLE, retryAfterMs: undefined, trouble: true },
  timeout: {
    manifest: 'UPSTREAM_TIMEOUT',
    blob: 'UPSTREAM_TIMEOUT',
    status: 504,
    retryAfterMs: 30_000,
    trouble: true,
  },
  'rate-limited': {
    manifest: 'TOOMANYREQUESTS',
    blob: 'TOOMANYREQUESTS',
    status: 429,
    retryAfterMs: 60_000,
    trouble: true,
  },
  invalid: {
    manifest: 'UPSTREAM_INVALID',
    blob: 'UPSTREAM_INVALID',
    status: 502,
    retryAfterMs: undefined,
    trouble: true,
  },
  denied: { manifest: 'DENIED', blob: 'DENIED', status: 403, retryAfterMs: undefined, trouble: false },
  'not-found': {
    manifest: 'MANIFEST_UNKNOWN',
    blob: 'BLOB_UNKNOWN',
    status: 404,
    retryAfterMs: undefined,
    trouble: false,
  },
} as const satisfies Record<UpstreamErrorCode, Omit<Row, 'code'>>

const rows = Object.entries(TABLE).map(([code, row]): Row => ({ code: code as UpstreamErrorCode, ...row }))

function failure(code: UpstreamErrorCode, retryAfterMs?: number): UpstreamError {
  return new UpstreamError(code, 'docker.io answered 500 to GET', {
    upstream: 'docker.io',
    status: 500,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

describe.each(rows)('$code', ({ code, manifest, blob, status, retryAfterMs, trouble }) => {
  test.each(['manifest', 'blob'] as const)('of a %s', (kind) => {
    const cause = failure(code)
    const error = toOciError(cause, IMAGE, kind)
    expect(error.code).toBe(kind === 'manifest' ? manifest : blob)
    expect(error.status).toBe(status)
    expect(error.retryAfterMs).toBe(retryAfterMs)
    expect(error.message.startsWith(`${IMAGE}: docker.io answered 500 to GET`)).toBe(true)
    expect(error.detail).toEqual({ upstream: 'docker.io', status: 500 })
    expect(error.cause).toBe(cause)
    const advice = retryAfterMs === undefined ? undefined : `try again in ${retryAfterMs / 1000} s`
    expect(/try again in [0-9]+ s$/.exec(error.message)?.[0]).toBe(advice)
  })

  test('what the upstream says of when to come back is passed on, where coming back makes sense', () => {
    const error = toOciError(failure(code, 12_300), IMAGE, 'manifest')
    expect(error.retryAfterMs).toBe(retryAfterMs === undefined ? undefined : 12_300)
    expect(error.message.includes('try again in 13 s')).toBe(retryAfterMs !== undefined)
  })

  test(`${trouble ? 'is' : 'is no'} trouble`, () => {
    expect(isTrouble(failure(code))).toBe(trouble)
  })
})

test('an upstream that did not answer has no status to tell', () => {
  const error = new UpstreamError('unreachable', 'docker.io refused the connection', {
    upstream: 'docker.io',
  })
  expect(toOciError(error, IMAGE, 'blob').detail).toEqual({ upstream: 'docker.io' })
})
