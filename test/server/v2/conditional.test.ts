import { describe, expect, test } from 'vitest'
import { noneMatch, rangeApplies } from '../../../src/server/v2/conditional.ts'

const ETAG = `"sha256:${'ab'.repeat(32)}"`
const OTHER = `"sha256:${'cd'.repeat(32)}"`

describe('If-None-Match', () => {
  const cases: [header: string | undefined, matches: boolean][] = [
    [undefined, false],
    ['', false],
    [ETAG, true],
    [` ${ETAG} `, true],
    [`W/${ETAG}`, true],
    [OTHER, false],
    [`${OTHER}, ${ETAG}`, true],
    [`${OTHER},W/${ETAG}`, true],
    [`${OTHER}, ${OTHER}`, false],
    ['*', true],
    [' * ', true],
    [ETAG.slice(1, -1), false],
    [ETAG.toUpperCase(), false],
    [`w/${ETAG}`, false],
  ]
  test.each(cases)('%s: %s', (header, matches) => {
    expect(noneMatch(header, ETAG)).toBe(matches)
  })
})

describe('If-Range', () => {
  const cases: [header: string | undefined, applies: boolean][] = [
    [undefined, true],
    [ETAG, true],
    [` ${ETAG} `, true],
    [OTHER, false],
    [`W/${ETAG}`, false],
    ['Thu, 01 Jan 2026 00:00:00 GMT', false],
    ['', false],
    ['*', false],
  ]
  test.each(cases)('%s: %s', (header, applies) => {
    expect(rangeApplies(header, ETAG)).toBe(applies)
  })
})
