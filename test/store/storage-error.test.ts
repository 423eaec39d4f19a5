import { expect, test } from 'vitest'
import { storageTroubleOf } from '../../src/store/storage-error.ts'

test.each([
  { code: 'ENOSPC', kind: 'full', part: 'disk' },
  { code: 'EDQUOT', kind: 'full', part: 'disk' },
  { code: 'EIO', kind: 'failing', part: 'disk' },
  { code: 'EROFS', kind: 'read-only', part: 'disk' },
  { code: 'SQLITE_FULL', kind: 'full', part: 'catalog' },
  { code: 'SQLITE_IOERR_WRITE', kind: 'failing', part: 'catalog' },
  { code: 'SQLITE_READONLY_DBMOVED', kind: 'read-only', part: 'catalog' },
  { code: 'SQLITE_CONSTRAINT_TRIGGER', kind: 'failing', part: 'catalog' },
])('$code is trouble of the $part', ({ code, kind, part }) => {
  expect(storageTroubleOf(Object.assign(new Error('x'), { code }))).toEqual({ code, kind, part })
})

test.each([new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOSPC', undefined])(
  '%s is not',
  (error) => {
    expect(storageTroubleOf(error)).toBeUndefined()
  },
)
