/**
 * Every error a client of /v2 can see: code -> status and default message. The wire status comes only from
 * the code. The first block is the distribution specification's (code-1 to code-14 without those of uploads,
 * and TAG_INVALID, which older versions had); the second is ours, for what only a pull-through cache can meet.
 */
export const OCI_ERRORS = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  DIGEST_INVALID: { status: 400, message: 'digest is not valid' },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  TAG_INVALID: { status: 400, message: 'invalid tag' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  DENIED: { status: 403, message: 'requested access to the resource is denied' },
  UNSUPPORTED: { status: 405, message: 'the operation is unsupported' },
  TOOMANYREQUESTS: { status: 429, message: 'too many requests' },

  PAGINATION_NUMBER_INVALID: { status: 400, message: 'invalid number of results requested' },
  RANGE_INVALID: { status: 416, message: 'requested range not satisfiable' },
  UPSTREAM_UNAVAILABLE: { status: 502, message: 'upstream registry is unavailable' },
  UPSTREAM_INVALID: { status: 502, message: 'upstream registry sent content that does not match' },
  UPSTREAM_TIMEOUT: { status: 504, message: 'upstream registry did not answer in time' },
  STORAGE_UNAVAILABLE: { status: 503, message: 'the storage of the cache cannot be used now' },
  UNKNOWN: { status: 500, message: 'internal error' },
} as const satisfies Record<string, { status: number; message: string }>

export type OciErrorCode = keyof typeof OCI_ERRORS

export interface OciErrorOptions {
  /** Machine-readable addition for the reply's `detail`. Never holds a secret. */
  readonly detail?: Readonly<Record<string, unknown>>
  /** When asking again makes sense; becomes `Retry-After`. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** An error that a client of /v2 is told about, with a sentence that says what was asked and what to do. */
export class OciError extends Error {
  override readonly name = 'OciError'
  readonly code: OciErrorCode
  readonly detail: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: OciErrorCode, message: string = OCI_ERRORS[code].message, options: OciErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.retryAfterMs = options.retryAfterMs
  }

  get status(): number {
    return OCI_ERRORS[this.code].status
  }
}

/** The body of an error reply (distribution specification, "Error Codes"). */
export function errorBody(error: OciError): string {
  const { code, message, detail } = error
  return JSON.stringify({ errors: [detail === undefined ? { code, message } : { code, message, detail }] })
}
