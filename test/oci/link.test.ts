import { expect, test } from 'vitest'
import { formatNextLink, nextLink } from '../../src/oci/link.ts'

test.each([
  [undefined, undefined],
  ['', undefined],
  ['</v2/a/tags/list?n=1&last=b>; rel="next"', '/v2/a/tags/list?n=1&last=b'],
  ['<https://r.example/x?a,b=c;d>; rel=next', 'https://r.example/x?a,b=c;d'],
  ['<?x>;REL="next"', '?x'],
  ['</one>; rel="prev", </two>; title="a"; rel="last next"', '/two'],
  ['</one>; rel="prev"', undefined],
  ['</one>; rel="nextish"', undefined],
  ['</one>; rel=nextish', undefined],
  ['/one; rel="next"', undefined],
  ['<<</one>; rel="next"', '/one'],
])('the next of %s is %s', (header, next) => {
  expect(nextLink(header)).toBe(next)
})

test('what is written is read', () => {
  expect(nextLink(formatNextLink('/v2/a/tags/list?n=1&last=b'))).toBe('/v2/a/tags/list?n=1&last=b')
})
