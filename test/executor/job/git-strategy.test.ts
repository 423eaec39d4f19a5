import { expect, test } from 'vitest'
import { gitStrategy } from '../../../src/executor/job/git-strategy.ts'

test.each([
  [undefined, true, 'fetch'],
  [undefined, false, 'clone'],
  ['nonsense', false, 'clone'],
  ['none', true, 'none'],
  ['empty', true, 'empty'],
] as const)('GIT_STRATEGY %s, fetch allowed: %s', (written, allowGitFetch, strategy) => {
  expect(gitStrategy({ allowGitFetch }, written)).toBe(strategy)
})
