import { describe, expect, test } from 'vitest'
import { MAX_TAGS_PER_PAGE, pageOf, sortTags } from '../../src/cache/tag-page.ts'
import type { Tag } from '../../src/oci/reference.ts'

const tags = ['A', 'a', 'b', 'c'] as Tag[]
const whole = { tags, isWhole: true }
const part = { tags, isWhole: false }
const range = (n?: number, last?: string) => ({ n, last: last as Tag | undefined })

test('tags are sorted as bytes are, each once', () => {
  expect(sortTags(['b', 'a', '10', '9', 'B', 'a', '_'] as Tag[])).toEqual(['10', '9', 'B', '_', 'a', 'b'])
})

describe('a page of A, a, b, c', () => {
  test.each([
    [range(), ['A', 'a', 'b', 'c'], undefined],
    [range(0), [], undefined],
    [range(0, 'a'), [], undefined],
    [range(1), ['A'], { n: 1, last: 'A' }],
    [range(3), ['A', 'a', 'b'], { n: 3, last: 'b' }],
    [range(4), ['A', 'a', 'b', 'c'], undefined],
    [range(9_999), ['A', 'a', 'b', 'c'], undefined],
    [range(2, 'A'), ['a', 'b'], { n: 2, last: 'b' }],
    [range(2, 'a'), ['b', 'c'], undefined],
    [range(2, 'aa'), ['b', 'c'], undefined],
    [range(undefined, 'a'), ['b', 'c'], undefined],
    [range(5, 'c'), [], undefined],
    [range(5, 'zz'), [], undefined],
  ])('%j', (asked, wanted, next) => {
    expect(pageOf(whole, asked)).toEqual({ tags: wanted, next })
  })

  test('the whole is the list itself, not a copy', () => {
    expect(pageOf(whole, range()).tags).toBe(tags)
  })
})

describe('a list that is not whole', () => {
  test('is served as far as it is known', () => {
    expect(pageOf(part, range(2))).toEqual({ tags: ['A', 'a'], next: { n: 2, last: 'a' } })
    expect(pageOf(part, range(0))).toEqual({ tags: [], next: undefined })
  })

  test.each([range(), range(4), range(2, 'a'), range(2, 'z')])('is an error at its end: %j', (asked) => {
    expect(() => pageOf(part, asked)).toThrow(expect.objectContaining({ code: 'UPSTREAM_INVALID' }))
  })

  test('begins with a page when it is asked for whole', () => {
    const many = Array.from({ length: 2_500 }, (_, index) => `t${1_000_000 + index}` as Tag)
    const first = pageOf({ tags: many, isWhole: false }, range())
    expect(first.tags).toHaveLength(MAX_TAGS_PER_PAGE)
    expect(first.next).toEqual({ n: MAX_TAGS_PER_PAGE, last: many[MAX_TAGS_PER_PAGE - 1] })
  })
})

test('pages one after the other are the list', () => {
  const many = sortTags(Array.from({ length: 2_345 }, (_, index) => `t${index}` as Tag))
  for (const n of [1, 7, 1_000, 5_000]) {
    const seen: Tag[] = []
    for (let page = pageOf({ tags: many, isWhole: true }, range(n)); ; ) {
      seen.push(...page.tags)
      if (page.next === undefined) break
      page = pageOf({ tags: many, isWhole: true }, page.next)
    }
    expect(seen).toEqual(many)
  }
})
