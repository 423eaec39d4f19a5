import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { OCI_ERRORS } from '../../src/oci/errors.ts'

const ROW = /^\| `([A-Z_]+)` +\| ([0-9]{3}) +\| \S.* \| \S.*\|$/

function documentedErrors() {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  return text.split('\n').flatMap((line) => {
    const match = ROW.exec(line)
    return match === null ? [] : [{ code: match[1], status: Number(match[2]) }]
  })
}

describe('docs/errors.md', () => {
  test('has every code of the table once, in its order, with its status', () => {
    const table = Object.entries(OCI_ERRORS).map(([code, { status }]) => ({ code, status }))
    expect(documentedErrors()).toEqual(table)
  })
})
