import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RotatingFile, type RotatingFileOptions } from '../../src/store/rotating-file.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

let dir: TempDir
let losses: unknown[]

beforeEach(async () => {
  dir = await makeTempDir()
  losses = []
})

afterEach(() => dir[Symbol.asyncDispose]())

function openFile(options: Partial<RotatingFileOptions> = {}): RotatingFile {
  const bounds = { maxBytes: 1_000, maxFiles: 3, maxWaitingBytes: 10_000 }
  const onLoss = (error: unknown) => void losses.push(error)
  return new RotatingFile({ path: join(dir.path, 'a.log'), ...bounds, onLoss, ...options })
}

const linesOf = async (name = 'a.log') =>
  (await readFile(join(dir.path, name), 'utf8')).split('\n').slice(0, -1)

test('lines are there after a flush, in their order, for the owner alone', async () => {
  const file = openFile()
  file.append('one')
  file.append('two')
  await file.flush()
  file.append('three')
  await file.close()
  expect(await linesOf()).toEqual(['one', 'two', 'three'])
  expect((await stat(join(dir.path, 'a.log'))).mode & 0o777).toBe(0o600)
})

test('there is no file before the first line', async () => {
  await openFile().close()
  expect(await readdir(dir.path)).toEqual([])
})

test('what is there already stays, and a line that was cut off ends before the next', async () => {
  await appendFile(join(dir.path, 'a.log'), 'old\ncut o')
  const file = openFile()
  file.append('new')
  await file.close()
  expect(await linesOf()).toEqual(['old', 'cut o', 'new'])
})

describe('a file that is full', () => {
  test('is put aside, and the oldest is given up', async () => {
    const file = openFile()
    for (let number = 0; number < 40; number++) {
      file.append(`${number} ${'x'.repeat(96)}`)
      await file.flush()
    }
    await file.close()
    expect((await readdir(dir.path)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2'])
    const all = [...(await linesOf('a.log.2')), ...(await linesOf('a.log.1')), ...(await linesOf())]
    expect(all.map((line) => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: all.length }, (_, index) => 40 - all.length + index),
    )
    for (const name of await readdir(dir.path)) {
      expect((await stat(join(dir.path, name))).size).toBeLessThanOrEqual(1_000)
    }
  })

  test('is known for full after a start, too', async () => {
    await appendFile(join(dir.path, 'a.log'), `${'x'.repeat(990)}\n`)
    const file = openFile()
    file.append('a line of its own')
    await file.close()
    expect(await linesOf()).toEqual(['a line of its own'])
    expect(await linesOf('a.log.1')).toHaveLength(1)
  })
})

describe('lines are lost', () => {
  test('when too many wait, which is told once', async () => {
    const file = openFile({ maxBytes: 100_000 })
    for (let number = 0; number < 30; number++) file.append('x'.repeat(999))
    await file.close()
    // The first is on its way at once.
    expect(await linesOf()).toHaveLength(11)
    expect(losses).toMatchObject([{ code: 'TOO_MANY_LINES' }])
  })

  test('while the file cannot be written, which is told once each time', async () => {
    const path = join(dir.path, 'a.log')
    const file = openFile()
    for (const round of ['first', 'second']) {
      await mkdir(path)
      for (const line of ['lost', 'lost too']) {
        file.append(line)
        await file.flush()
      }
      expect(losses, round).toHaveLength(round === 'first' ? 1 : 2)
      await rm(path, { recursive: true })
      file.append(round)
      await file.close()
      expect(await linesOf()).toEqual([round])
      await rm(path)
    }
  })

  test('on a disk that is full, and none of the later ones is torn', async ({ skip }) => {
    const disk = await mountSmallDisk(256 * 1024)
    if (disk === undefined) return skip('needs root, to mount a file system')
    try {
      const path = join(disk.path, 'a.log')
      const file = openFile({ path, maxBytes: 100_000, maxWaitingBytes: 50_000 })
      file.append('{"before":1}')
      await file.flush()
      await disk.fill(0)
      for (let number = 0; number < 40; number++) file.append(JSON.stringify({ lost: 'x'.repeat(1_000) }))
      await file.flush()
      expect(losses).toMatchObject([{ code: 'ENOSPC' }])
      await disk.free()
      file.append('{"after":1}')
      await file.close()
      const lines = (await readFile(path, 'utf8')).split('\n')
      expect([lines[0], lines.at(-2)]).toEqual(['{"before":1}', '{"after":1}'])
    } finally {
      await disk[Symbol.asyncDispose]()
    }
  })
})
