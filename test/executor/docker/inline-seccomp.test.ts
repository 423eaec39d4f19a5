import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inlineSeccomp } from '../../../src/executor/docker/inline-seccomp.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

test('a profile that is named is read, and everything else is left as it is', async () => {
  await using dir = await makeTempDir()
  const path = join(dir.path, 'profile.json')
  await writeFile(path, '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n')
  const inlined = 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'
  const left = ['no-new-privileges', 'apparmor=x', 'seccomp=unconfined', 'seccomp=builtin', inlined]
  const options = { Memory: 1, SecurityOpt: [...left, `seccomp=${path}`, `seccomp:${path}`] }
  expect(await inlineSeccomp(options)).toEqual({ Memory: 1, SecurityOpt: [...left, inlined, inlined] })
  expect(await inlineSeccomp({ Memory: 1 })).toEqual({ Memory: 1 })
})

test.each([
  ['missing', undefined, /missing\.json.*ENOENT/],
  ['wrong', '{', /wrong\.json.*it is not JSON/],
  ['large', ' '.repeat(1024 * 1024 + 1), /large\.json.*larger than 1 MiB/],
])('a %s profile is a mistake of the settings', async (name, text, message) => {
  await using dir = await makeTempDir()
  const path = join(dir.path, `${name}.json`)
  if (text !== undefined) await writeFile(path, text)
  await expect(inlineSeccomp({ SecurityOpt: [`seccomp=${path}`] })).rejects.toMatchObject({
    code: 'runner_configuration_error',
    message: expect.stringMatching(message),
  })
})
