import { existsSync } from 'node:fs'
import { readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkStorage } from '../../src/store/storage-check.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

let dir: TempDir
let layout: StorageLayout

beforeEach(async () => {
  dir = await makeTempDir()
  layout = new StorageLayout(dir.path)
  await layout.create()
})

afterEach(() => dir[Symbol.asyncDispose]())

test('resolves when files can be written, and leaves none', async () => {
  await Promise.all([checkStorage(layout), checkStorage(layout)])
  expect(await readdir(layout.ingests)).toEqual([])
})

test('rejects when the folder is gone', async () => {
  await rm(layout.ingests, { recursive: true })
  await expect(checkStorage(layout)).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(!existsSync('/dev/full'))('rejects when the disk is full', async () => {
  await symlink('/dev/full', join(layout.ingests, '.check'))
  await expect(checkStorage(layout)).rejects.toMatchObject({ code: 'ENOSPC' })
})
