import { expect, test } from 'vitest'
import { mistakesOf } from '../load-text.ts'

/** So deep that a parser that calls itself for every level has no stack left. */
const FAR = 100_000

test.each([
  ['lists in brackets', '['.repeat(FAR)],
  ['lists in brackets that are closed', `a: ${'['.repeat(FAR)}${']'.repeat(FAR)}`],
  ['maps in braces', '{a: '.repeat(FAR)],
  ['lists in one line', `${'- '.repeat(FAR)}a`],
  ['keys that are lists', `${'? '.repeat(FAR)}a`],
])('%s without end are refused', async (_, text) => {
  expect(await mistakesOf(text)).toEqual(['.gitlab-ci.yml:1:1: this file nests its values too deeply'])
})

test('a little too deep is told with its place', async () => {
  const text = `a: ${'['.repeat(120)}${']'.repeat(120)}`
  expect(await mistakesOf(text)).toEqual(['.gitlab-ci.yml:1:104: values nest at most 100 levels deep'])
})
