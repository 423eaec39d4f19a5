import { expect, test } from 'vitest'
import { mistakesOf } from '../load-text.ts'

/** So deep that a parser that calls itself for every level has no stack left. */
const FAR = 100_000

test.each([
  { name: 'lists in brackets', text: '['.repeat(FAR), column: 101 },
  { name: 'lists that are closed', text: `a: ${'['.repeat(FAR)}${']'.repeat(FAR)}`, column: 104 },
  { name: 'maps in braces', text: '{a: '.repeat(FAR), column: 398 },
  { name: 'lists in one line', text: `${'- '.repeat(FAR)}a`, column: 203 },
  { name: 'keys that are lists', text: `${'? '.repeat(FAR)}a`, column: 202 },
])('$name without end are refused where they go too deep', async ({ text, column }) => {
  const want = `.gitlab-ci.yml:1:${column}: values nest at most 100 levels deep`
  expect(await mistakesOf(text)).toEqual([want])
})
