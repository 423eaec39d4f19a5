import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StorageInUseError } from '../../src/store/errors.ts'
import { StorageLayout } from '../../src/store/storage-layout.ts'
import { StorageLock } from '../../src/store/storage-lock.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

const URL_OF_OWNER = 'http://127.0.0.1:5000'

let dir: TempDir
let layout: StorageLayout

beforeEach(async () => {
  dir = await makeTempDir()
  layout = new StorageLayout(dir.path)
})

afterEach(async () => {
  const left = CAN_LIST_DESCRIPTORS ? openBelow(dir.path) : []
  await dir[Symbol.asyncDispose]()
  expect(left).toEqual([])
})

/** Another process that owns the storage. */
async function startOwner(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./hold-lock.ts', import.meta.url))
  const owner = spawn(process.execPath, ['--import', 'tsx', script, dir.path, URL_OF_OWNER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([once(owner.stdout, 'data'), once(owner, 'exit')])
  expect(owner.exitCode, 'the owner is alive').toBeNull()
  return owner
}

async function kill(owner: ChildProcess): Promise<void> {
  owner.kill('SIGKILL')
  await once(owner, 'exit')
}

test('the owner says who it is and where, to nobody else', async () => {
  const lock = await StorageLock.acquire(layout)
  expect(JSON.parse(await readFile(layout.owner, 'utf8'))).toEqual({ pid: process.pid })
  await lock.announce(URL_OF_OWNER)
  expect(JSON.parse(await readFile(layout.owner, 'utf8'))).toEqual({ pid: process.pid, url: URL_OF_OWNER })
  expect((await stat(layout.owner)).mode & 0o777).toBe(0o600)
  await lock.release()
  expect(existsSync(layout.owner)).toBe(false)
})

test('what was released may be acquired again', async () => {
  await (await StorageLock.acquire(layout)).release()
  await (await StorageLock.acquire(layout)).release()
})

describe('a storage that is owned', () => {
  test('is refused to the same process', async () => {
    const lock = await StorageLock.acquire(layout)
    await lock.announce(URL_OF_OWNER)
    const second = StorageLock.acquire(layout)
    await expect(second).rejects.toBeInstanceOf(StorageInUseError)
    await expect(second).rejects.toMatchObject({ pid: process.pid, url: URL_OF_OWNER, path: dir.path })
    await lock.release()
  })

  test('is refused while its owner lives, and free at once when it is killed', async () => {
    const owner = await startOwner()
    try {
      const second = StorageLock.acquire(layout)
      await expect(second).rejects.toMatchObject({
        code: 'storage-in-use',
        pid: owner.pid,
        url: URL_OF_OWNER,
        message: expect.stringContaining(`in use by process ${owner.pid}, which serves ${URL_OF_OWNER}`),
      })
    } finally {
      await kill(owner)
    }
    const lock = await StorageLock.acquire(layout)
    expect(JSON.parse(await readFile(layout.owner, 'utf8'))).toEqual({ pid: process.pid })
    await lock.release()
  })

  test.each([
    ['is missing', undefined],
    ['is half written', '{"pid": 1'],
    ['is nothing', 'null'],
  ])('is refused although what its owner says %s', async (_, text) => {
    const lock = await StorageLock.acquire(layout)
    if (text === undefined) await lock.release()
    const held = text === undefined ? await StorageLock.acquire(layout) : lock
    await writeFile(layout.owner, text ?? '')
    await expect(StorageLock.acquire(layout)).rejects.toMatchObject({
      pid: undefined,
      url: undefined,
      message: expect.stringContaining('another process'),
    })
    await held.release()
  })
})

test('a storage that cannot be written is no storage in use', async () => {
  const missing = new StorageLayout(`${dir.path}/missing`)
  await expect(StorageLock.acquire(missing)).rejects.not.toBeInstanceOf(StorageInUseError)
})

test('who cannot say who it is does not keep the lock', async () => {
  await mkdir(layout.owner)
  await writeFile(`${layout.owner}/file`, 'keeps the folder from being replaced')
  await expect(StorageLock.acquire(layout)).rejects.toThrow()
  if (CAN_LIST_DESCRIPTORS) expect(openBelow(dir.path)).toEqual([])
})
