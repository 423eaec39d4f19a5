import { describe, expect, test } from 'vitest'
import { errorBody, OCI_ERRORS, OciError, type OciErrorCode } from '../../src/oci/errors.ts'

describe('OciError', () => {
  test.each(Object.keys(OCI_ERRORS) as OciErrorCode[])(
    '%s has the status and message of the table',
    (code) => {
      const error = new OciError(code)
      expect(error.status).toBe(OCI_ERRORS[code].status)
      expect(error.message).toBe(OCI_ERRORS[code].message)
      expect(error.status).toBeGreaterThanOrEqual(400)
    },
  )

  test('keeps its cause, its detail and the time to wait', () => {
    const cause = new Error('below')
    const error = new OciError('TOOMANYREQUESTS', 'later', {
      cause,
      detail: { limit: 100 },
      retryAfterMs: 2000,
    })
    expect(error.cause).toBe(cause)
    expect(error.detail).toEqual({ limit: 100 })
    expect(error.retryAfterMs).toBe(2000)
  })

  test('becomes the body of the specification', () => {
    expect(JSON.parse(errorBody(new OciError('NAME_UNKNOWN', 'no "x"')))).toEqual({
      errors: [{ code: 'NAME_UNKNOWN', message: 'no "x"' }],
    })
    expect(JSON.parse(errorBody(new OciError('DENIED', 'no', { detail: { group: 'a' } })))).toEqual({
      errors: [{ code: 'DENIED', message: 'no', detail: { group: 'a' } }],
    })
  })
})
