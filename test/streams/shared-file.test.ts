import { openSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SharedFile } from '../../src/streams/shared-file.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

let dir: TempDir

beforeEach(async () => {
  dir = await makeTempDir()
})

afterEach(() => dir[Symbol.asyncDispose]())

function openFile(content = 'hello'): SharedFile {
  const path = join(dir.path, 'file')
  writeFileSync(path, content)
  return new SharedFile(openSync(path, 'r'))
}

describe.skipIf(!CAN_LIST_DESCRIPTORS)('the descriptor', () => {
  test('is closed when the last holder lets go', async () => {
    const file = openFile()
    file.retain()
    await file.release()
    expect(openBelow(dir.path)).toHaveLength(1)
    await file.release()
    expect(openBelow(dir.path)).toEqual([])
  })

  test('stays open for a read that is under way', async () => {
    const file = openFile()
    const buffer = Buffer.alloc(5)
    const reading = file.read(buffer, 5, 0)
    await file.release()
    expect(openBelow(dir.path)).toHaveLength(1)
    expect(await reading).toBe(5)
    expect(buffer.toString()).toBe('hello')
    expect(openBelow(dir.path)).toEqual([])
  })
})

test('a closed file is neither held nor read again', async () => {
  const file = openFile()
  await file.release()
  expect(() => file.retain()).toThrow('closed')
  await expect(file.read(Buffer.alloc(1), 1, 0)).rejects.toThrow('closed')
})

test('is read although it was renamed and removed', async () => {
  const file = openFile()
  await rename(join(dir.path, 'file'), join(dir.path, 'other'))
  await rm(join(dir.path, 'other'))
  const buffer = Buffer.alloc(9)
  expect(await file.read(buffer, 9, 1)).toBe(4)
  expect(buffer.toString('utf8', 0, 4)).toBe('ello')
  expect(await file.read(buffer, 9, 5)).toBe(0)
  await file.release()
})

test('tells why it cannot be read', async () => {
  const folder = new SharedFile(openSync(dir.path, 'r'))
  await expect(folder.read(Buffer.alloc(1), 1, 0)).rejects.toMatchObject({ code: 'EISDIR' })
  await folder.release()
})
