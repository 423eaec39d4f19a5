import { expect, test } from 'vitest'
import { OciError } from '../../../src/oci/errors.ts'
import { asOciError } from '../../../src/server/v2/error-reply.ts'

function errorWith(code: string): Error {
  return Object.assign(new Error('/var/lib/entrepot/catalog.db: secret details'), { code })
}

const table: [
  name: string,
  error: unknown,
  code: string,
  status: number,
  retryAfterMs: number | undefined,
][] = [
  ['its own, when it is meant for clients', new OciError('NAME_INVALID'), 'NAME_INVALID', 400, undefined],
  ['the catalog fails', errorWith('SQLITE_IOERR'), 'STORAGE_UNAVAILABLE', 503, 10_000],
  ['the disk fails', errorWith('EIO'), 'STORAGE_UNAVAILABLE', 503, 10_000],
  ['anything else', new TypeError('a mistake of ours'), 'UNKNOWN', 500, undefined],
]

test.each(table)('%s', (_, error, code, status, retryAfterMs) => {
  const told = asOciError(error)
  expect(told).toMatchObject({ code, status })
  expect(told.retryAfterMs).toBe(retryAfterMs)
  expect(told.message).not.toMatch(/secret|mistake|catalog\.db/)
})
