import { expect, test } from 'vitest'
import { chooseHelperImage } from '../../../src/executor/docker/choose-helper-image.ts'
import { defaultHelperImage } from '../../../src/executor/images/helper-image.ts'

const OWN = `sha256:${'a'.repeat(64)}`
const GITLAB = defaultHelperImage('linux/amd64')
const UBUNTU = defaultHelperImage('linux/amd64', 'ubuntu')

test.each([
  [{}, undefined, GITLAB, undefined],
  [{}, OWN, OWN, undefined],
  [{ helperImageFlavor: '$FLAVOR' }, OWN, UBUNTU, undefined],
  [{ helperImage: 'git:$FLAVOR' }, undefined, 'git:ubuntu', GITLAB],
  [{ helperImage: 'git:1' }, OWN, 'git:1', OWN],
])('with %o, in %s: %s', (settings, ownImageId, name, overridden) => {
  const chosen = chooseHelperImage({
    settings: { helperImage: undefined, helperImageFlavor: undefined, ...settings },
    expand: (text) => text.replace('$FLAVOR', 'ubuntu'),
    platform: 'linux/amd64',
    ownImageId,
  })
  expect(chosen).toEqual({ name, overridden })
})
