import { expect, test } from 'vitest'
import { environmentSlug, slug } from '../../../src/pipeline/variables/slug.ts'

test.each([
  ['main', 'main'],
  ['feature/Add_Cache', 'feature-add-cache'],
  ['-v1.2-', 'v1-2'],
  [`${'a'.repeat(62)}/b`, 'a'.repeat(62)],
  ['test: [node, 20]', 'test---node--20'],
  ['über', 'ber'],
])('the slug of %s is %s', (text, want) => {
  expect(slug(text)).toBe(want)
})

test.each([
  ['production', /^production$/],
  ['staging-1234567890123456', /^staging-1234567890123456$/],
  ['staging-12345678901234567', /^staging-123456789-[a-z0-9]{6}$/],
  ['9-staging-123456789012345', /^env-9-staging-123-[a-z0-9]{6}$/],
  ['PRODUCTION', /^production-[a-z0-9]{6}$/],
  ['review/1-foo', /^review-1-foo-[a-z0-9]{6}$/],
  ['foo-', /^foo$/],
  ['foo--bar', /^foo-bar-[a-z0-9]{6}$/],
  ['staging-12345678-01234567', /^staging-12345678-[a-z0-9]{6}$/],
  ['', /^env-[a-z0-9]{6}$/],
])('the slug of the environment "%s" is like %s', (name, want) => {
  expect(environmentSlug(name)).toMatch(want)
})

test('environments whose letters are alike have slugs of their own', () => {
  expect(environmentSlug('review/a_b')).not.toBe(environmentSlug('review/a-b'))
})
