import { expect, test } from 'vitest'
import { type ContainerEnd, explainExit, explainNoStart } from '../../../src/executor/docker/explain-exit.ts'

const END: ContainerEnd = {
  exitCode: 1,
  isOomKilled: false,
  memoryLimitBytes: undefined,
  imagePlatform: 'linux/amd64',
  enginePlatform: 'linux/amd64',
  outputBytes: 0,
}
const FOREIGN = { ...END, imagePlatform: 'linux/arm64' }

test.each<[string, ContainerEnd, RegExp | undefined]>([
  ['a script that failed says itself why', END, undefined],
  [
    'a limit',
    { ...END, exitCode: 137, isOomKilled: true, memoryLimitBytes: 64 << 20 },
    /its limit of 64 MiB/,
  ],
  ['a full host', { ...END, exitCode: 137, isOomKilled: true }, /the host ran out of memory/],
  ['killed', { ...END, exitCode: 137 }, /signal 9/],
  ['another processor', FOREIGN, /image is for linux\/arm64, and this engine runs linux\/amd64/],
  ['an emulated processor', { ...FOREIGN, outputBytes: 5000 }, undefined],
  ['success', { ...FOREIGN, exitCode: 0 }, undefined],
])('%s', (_, end, wanted) => {
  if (wanted === undefined) expect(explainExit(end)).toBeUndefined()
  else expect(explainExit(end)).toMatch(wanted)
})

test('what did not start is told with image, entrypoint and command', () => {
  const message = explainNoStart('no such file', 'tiny:1', ['/app'], ['sh', '-c', 'x'.repeat(100)])
  expect(message).toContain('image "tiny:1" did not start: no such file')
  expect(message).toContain(`["/app","sh","-c","${'x'.repeat(40)}"]`)
  expect(message).toContain('entrypoint: [""]')
})
