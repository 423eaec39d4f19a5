import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { VolumeUses } from '../../../src/executor/docker/volume-uses.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

const TURN = { everyMs: 1000, nowMs: 10_000 }

async function directory(): Promise<string> {
  const { path, ...temporary } = await makeTempDir()
  onTestFinished(() => temporary[Symbol.asyncDispose]())
  return join(path, 'made', 'when-needed')
}

test('the last use of each volume is known to every process', async () => {
  const path = await directory()
  const [one, other] = [new VolumeUses(path), new VolumeUses(path)]
  expect(await one.list()).toEqual(new Map())
  expect(await one.at('a')).toBeUndefined()
  await one.note('a', 1000)
  await other.note('b', 2000)
  await other.note('a', 3000)
  expect(await one.list()).toEqual(
    new Map([
      ['a', 3000],
      ['b', 2000],
    ]),
  )
  await other.forget('a')
  await other.forget('never-there')
  expect(await one.at('a')).toBeUndefined()
})

test.each(['../a', '', '.', 'a/b', 'x'.repeat(300)])(
  '%j is no name of a volume, and no file',
  async (name) => {
    const uses = new VolumeUses(await directory())
    await uses.note(name, 1000)
    expect(await uses.list()).toEqual(new Map())
  },
)

test('a turn is taken once in a while, by one process', async () => {
  const path = await directory()
  const [one, other] = [new VolumeUses(path), new VolumeUses(path)]
  expect(await one.takeTurn('evict', TURN)).toBe(true)
  expect(await other.takeTurn('evict', { ...TURN, nowMs: 10_999 })).toBe(false)
  expect(await other.takeTurn('with other bounds', TURN)).toBe(true)
  expect(await other.takeTurn('evict', { ...TURN, nowMs: 11_000 })).toBe(true)
  // The clock was set back.
  expect(await one.takeTurn('evict', { ...TURN, nowMs: 5000 })).toBe(true)
})

test('a directory that cannot be written is told', async () => {
  const { path, ...temporary } = await makeTempDir()
  onTestFinished(() => temporary[Symbol.asyncDispose]())
  const file = join(path, 'a-file')
  await writeFile(file, '')
  await expect(new VolumeUses(file).note('a', 1)).rejects.toMatchObject({ code: 'ENOTDIR' })
})
