import { expect, test } from 'vitest'
import { defaultHelperImage } from '../../../src/executor/images/helper-image.ts'

const NAME = 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper'

test.each([
  ['linux/amd64', undefined, 'x86_64'],
  ['linux/arm64', undefined, 'arm64'],
  ['linux/arm', 'alpine', 'arm'],
  ['linux/s390x', 'ubuntu', 'ubuntu-s390x'],
])('the helper for %s in %s', (platform, flavor, tag) => {
  expect(defaultHelperImage(platform, flavor)).toMatch(new RegExp(`^${NAME}:${tag}-v\\d+\\.\\d+\\.\\d+$`))
})
