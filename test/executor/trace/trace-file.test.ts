import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { TraceFile } from '../../../src/executor/trace/trace-file.ts'
import { RecordLog } from '../../support/record-log.ts'
import { mountSmallDisk } from '../../support/small-disk.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

test('what was written is read from any place, with size and checksum', async () => {
  await using home = await makeTempDir()
  const path = join(home.path, 'trace')
  {
    using file = new TraceFile(path, new RecordLog())
    expect(file.checksum).toBe(0)
    file.write(Buffer.from('one '))
    file.write(Buffer.from('two ☃'))
    expect(file.read(0, 100).toString()).toBe('one two ☃')
    expect(file.read(4, 3).toString()).toBe('two')
    expect(file.read(11, 100)).toHaveLength(0)
    expect(file.read(99, 100)).toHaveLength(0)
    expect(file.sizeBytes).toBe(11)
    expect(file.checksum).toBe(crc32('one two ☃'))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  }
  expect(existsSync(path)).toBe(false)
})

test('a full disk ends the log, not the job', async (context) => {
  await using disk = await mountSmallDisk(1024 * 1024)
  if (disk === undefined) return context.skip('mounting needs root')
  const log = new RecordLog()
  using file = new TraceFile(join(disk.path, 'trace'), log)
  await disk.fill(0)
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let count = 0; count < 3; count++) file.write(chunk)
  expect(log.lines).toMatchObject([{ level: 'warn' }])
  const kept = file.read(0, chunk.length * 3)
  expect(kept.length).toBe(file.sizeBytes)
  expect(file.checksum).toBe(crc32(kept))
})
