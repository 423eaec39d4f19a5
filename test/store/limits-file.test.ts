import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LimitsFile } from '../../src/store/limits-file.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const OBSERVED = { limit: 100, remaining: 7, windowSeconds: 21_600, source: '192.0.2.7', at: 1_000 }
const FULL = {
  upstream: 'docker.io',
  credentialId: 'docker.io/acme',
  observed: OBSERVED,
  pause: { until: 2_000, isTold: true },
  silentUntil: 3_000,
}
const NOTHING = { credentialId: undefined, observed: undefined, pause: undefined, silentUntil: undefined }

async function openLimits(path: string): Promise<{ layout: StorageLayout; file: LimitsFile }> {
  const layout = new StorageLayout(path)
  await layout.create()
  return { layout, file: new LimitsFile(layout) }
}

test('what is saved is loaded, for the owner of the storage only', async () => {
  await using dir = await makeTempDir()
  const { layout, file } = await openLimits(dir.path)
  expect(await file.load()).toEqual([])
  const bare = { upstream: 'ghcr.io', ...NOTHING, silentUntil: 5 }
  await file.save([FULL, bare])
  expect(await file.load()).toEqual([FULL, bare])
  expect((await stat(layout.limits)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(dir.path, 'v1'))).not.toContainEqual(expect.stringMatching(/draft/))
})

const odd: [name: string, text: string, want: readonly unknown[]][] = [
  ['nothing', '', []],
  ['half of it', '[{"upstream":"do', []],
  ['something else', '{"upstream":"docker.io"}', []],
  ['notes of nobody', '[null, 1, {"silentUntil":5}]', []],
  [
    'fields of another kind',
    '[{"upstream":"a","observed":{"limit":"x"},"pause":{"until":1},"silentUntil":"x","credentialId":1}]',
    [{ upstream: 'a', ...NOTHING }],
  ],
]
test.each(odd)('a file with %s is no trouble', async (_, text, want) => {
  await using dir = await makeTempDir()
  const { layout, file } = await openLimits(dir.path)
  await writeFile(layout.limits, text)
  expect(await file.load()).toEqual(want)
})
