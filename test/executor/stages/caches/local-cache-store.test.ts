import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { LocalCacheStore } from '../../../../src/executor/stages/caches/local-cache-store.ts'
import { surplusCaches } from '../../../../src/executor/stages/caches/surplus-caches.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { makeTempDir } from '../../../support/temp-dir.ts'

const never = new AbortController().signal
const at = (key: string, project = 'acme/shop') => ({ project, key })

async function openStore(maxBytes = 1000, maxAgeMs?: number) {
  const directory = await makeTempDir()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const clock = new FakeClock()
  const open = () => new LocalCacheStore({ directory: directory.path, maxBytes, maxAgeMs, clock })
  const store = open()
  return {
    store,
    /** As another process has it. */
    open,
    clock,
    directory: directory.path,
    save: (key: string, content: string, into = store) =>
      into.save(at(key), { archive: Readable.from([Buffer.from(content)]), fingerprint: 'ab12' }, never),
    read: async (key: string) => {
      const found = await store.find(at(key), never)
      return found && (await buffer(found.archive)).toString()
    },
  }
}

test('keeps archives by project and key, whatever these are', async () => {
  const { store, save, read } = await openStore()
  for (const key of ['a', 'a/b', '../../etc/passwd', 'ä'.repeat(500)])
    await save(key, `of ${key.slice(0, 20)}`)
  expect(await read('../../etc/passwd')).toBe('of ../../etc/passwd')
  expect(await read('a')).toBe('of a')
  expect(await store.find(at('a', 'acme/other'), never)).toBeUndefined()
  const found = await store.find(at('a'), never)
  found?.archive.destroy()
  expect(found?.fingerprint).toBe('ab12')
})

test('what nobody used for longer than it is kept is not found, and goes with the next save', async () => {
  const { save, read, clock, directory } = await openStore(1000, 60_000)
  await save('old', 'old')
  await save('used', 'used')
  clock.advance(50_000)
  expect(await read('used')).toBe('used')
  clock.advance(20_000)
  expect(await read('old')).toBeUndefined()
  expect(await read('used')).toBe('used')
  await save('new', 'new')
  const [project = ''] = await readdir(join(directory, 'archives'))
  expect(await readdir(join(directory, 'archives', project))).toHaveLength(2)
})

test('a reader has the archive that it found, also when another takes its place', async () => {
  const { store, save, read } = await openStore()
  await save('a', 'old')
  const found = await store.find(at('a'), never)
  await save('a', 'new')
  expect((await buffer(found?.archive ?? Readable.from([]))).toString()).toBe('old')
  expect(await read('a')).toBe('new')
})

test('of two processes that save at once one stays, whole', async () => {
  const { save, read, open } = await openStore()
  await Promise.all(['one', 'two'].map((word) => save('a', word.repeat(100), open())))
  expect(['one'.repeat(100), 'two'.repeat(100)]).toContain(await read('a'))
})

test('an archive that breaks leaves what was there, and nothing else', async () => {
  const { store, save, read, directory } = await openStore()
  await save('a', 'old')
  const trouble = new Error('the engine went away')
  const archive = Readable.from(
    (async function* () {
      yield Buffer.from('half')
      throw trouble
    })(),
  )
  await expect(store.save(at('a'), { archive, fingerprint: 'cd' }, never)).rejects.toBe(trouble)
  expect(await read('a')).toBe('old')
  expect(await readdir(join(directory, 'incoming'))).toEqual([])
})

test('what is larger than all may be is refused', async () => {
  const { save, read } = await openStore(50)
  await expect(save('a', 'x'.repeat(51))).rejects.toMatchObject({ code: 'CACHE_TOO_LARGE' })
  expect(await read('a')).toBeUndefined()
})

test('the least recently used go first', async () => {
  const { save, read, clock } = await openStore(400)
  for (const key of ['a', 'b', 'c']) {
    await save(key, key.repeat(100))
    clock.advance(1000)
  }
  await read('a')
  clock.advance(1000)
  await save('d', 'd'.repeat(100))
  expect(await Promise.all(['a', 'b', 'c', 'd'].map(read))).toEqual([
    'a'.repeat(100),
    undefined,
    'c'.repeat(100),
    'd'.repeat(100),
  ])
})

test('what is no archive of ours is as if it were not there', async () => {
  const { save, read, directory } = await openStore()
  await save('a', 'x')
  const [project = ''] = await readdir(join(directory, 'archives'))
  const [file = ''] = await readdir(join(directory, 'archives', project))
  await writeFile(join(directory, 'archives', project, file), 'something else')
  expect(await read('a')).toBeUndefined()
  expect(await readdir(join(directory, 'archives', project))).toEqual([])
})

test('which go: as many as needed, never the one that was just saved', () => {
  const files = [30, 10, 20].map((usedAtMs) => ({ path: `used-${usedAtMs}`, sizeBytes: 10, usedAtMs }))
  const names = (maxBytes: number, keep = '') =>
    surplusCaches(
      files.map((file) => ({ ...file, isInUse: file.path === keep })),
      { maxBytes },
      0,
    ).map(({ path }) => path)
  expect(names(30)).toEqual([])
  expect(names(29)).toEqual(['used-10'])
  expect(names(10)).toEqual(['used-10', 'used-20'])
  expect(names(0, 'used-10')).toEqual(['used-20', 'used-30'])
})
