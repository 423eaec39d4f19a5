import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replaceFile } from '../src/replace-file.ts'
import { makeTempDir } from './support/temp-dir.ts'

test.each([false, true])(
  'the new text takes the place of the old, for the owner alone; synced: %s',
  async (isSynced) => {
    await using directory = await makeTempDir()
    const path = join(directory.path, 'notes')
    await writeFile(path, 'a much longer text than the new one', { mode: 0o644 })
    await replaceFile(path, 'new', { isSynced })
    expect(await readFile(path, 'utf8')).toBe('new')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(directory.path)).toEqual(['notes'])
  },
)

test('what cannot take the place leaves nothing behind, and says why', async () => {
  await using directory = await makeTempDir()
  const path = join(directory.path, 'taken')
  await mkdir(path)
  await expect(replaceFile(path, 'new')).rejects.toMatchObject({ code: 'EISDIR' })
  expect(await readdir(directory.path)).toEqual(['taken'])
})
