import { Readable } from 'node:stream'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { ArchiveError } from '../../src/executor/stages/archives/archive-error.ts'
import { readZip } from '../../src/executor/stages/archives/read-zip.ts'
import { TemporaryFile } from '../../src/executor/stages/archives/temporary-file.ts'
import { unpackCache } from '../../src/executor/stages/caches/cache-archive.ts'
import { tarEntries } from '../../src/executor/tar/tar-entries.ts'
import { TarInvalid } from '../../src/executor/tar/tar-invalid.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import type { FuzzedParser } from './fuzzed-parser.ts'

const LIST_ENTRY = 'PK\x01\x02'
const SYMLINK = 0o120777
const BLOCK = 512

/** Entries and their list in any order; the end of the list is put behind it, or no entry would be looked at. */
export const aZip: FuzzedParser = {
  name: 'a zip',
  read: (text) => unpackZip(withEnd(text)),
  throws: [ArchiveError],
  words: [
    fileInZip('a', 'text'),
    listed('a', { size: 4 }),
    listed('a', { size: 9 }),
    listed('a', { size: 4, method: 8 }),
    listed('a', { size: 4, mode: SYMLINK }),
    listed('a/b', { size: 4 }),
    listed('../a', { size: 4 }),
    listed('d/', { size: 0 }),
    listed('huge', { size: 0xfffffffe }),
    fileInZip('z', deflateRawSync('text').toString('latin1')),
    LIST_ENTRY,
    '\0\0\0\0',
  ],
  floods: [listed('a', { size: 4 }), listed('a/'.repeat(2_000), { size: 0 }), LIST_ENTRY, 'PK\x05\x06', '\0'],
}

export const aTar: FuzzedParser = {
  name: 'a tar',
  read: (text) => drainTar(Readable.from([Buffer.from(text, 'latin1')])),
  throws: [TarInvalid],
  words: tarWords(),
  floods: [tarHeader('a'), tarHeader('a', { type: 'x', size: 512 }), '\0', 'a'],
}

/** What was kept for a later job: a tar, compressed here, that need not be one. */
export const aCache: FuzzedParser = {
  name: 'a kept cache',
  read: (text) => drainTar(unpackCache(Readable.from([asGzip(text)]))),
  throws: [ArchiveError],
  words: [...tarWords(), 'PLAIN'],
  floods: [tarHeader('a'), '\0', 'PLAIN'],
}

function tarWords(): readonly string[] {
  const body = 'text'.padEnd(BLOCK, '\0')
  return [
    tarHeader('a', { size: 4 }),
    tarHeader('../a'),
    tarHeader('d/', { type: '5' }),
    tarHeader('l', { type: '2', size: 0 }),
    tarHeader('x', { type: 'x', size: 11 }) + '11 path=../\n'.padEnd(BLOCK, '\0'),
    tarHeader('x', { type: 'L', size: 4 }),
    tarHeader('huge', { size: 0o77777777777 }),
    body,
    '\0'.repeat(BLOCK),
    '\xff',
  ]
}

async function unpackZip(bytes: Buffer): Promise<void> {
  await using directory = await makeTempDir()
  await using file = await TemporaryFile.create(directory.path)
  await file.append(Readable.from([bytes]))
  const zip = await readZip(file)
  for await (const _ of zip.toTar()) {
    // Read to its end.
  }
}

async function drainTar(tar: Readable): Promise<void> {
  for await (const { body } of tarEntries(tar)) {
    for await (const _ of body) {
      // Read to its end.
    }
  }
}

/** With `PLAIN` in it the text is no gzip at all. */
function asGzip(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return text.includes('PLAIN') ? bytes : gzipSync(bytes)
}

/** APPNOTE.TXT 4.3.7, stored. */
function fileInZip(name: string, body: string): string {
  const head = Buffer.alloc(30)
  head.write('PK\x03\x04', 'latin1')
  head.writeUInt32LE(body.length, 18)
  head.writeUInt32LE(body.length, 22)
  head.writeUInt16LE(name.length, 26)
  return head.toString('latin1') + name + body
}

/** APPNOTE.TXT 4.3.12, of a file at the very beginning that was made on Unix. */
function listed(
  name: string,
  { size, method = 0, mode = 0o100644 }: { size: number; method?: number; mode?: number },
): string {
  const head = Buffer.alloc(46)
  head.write(LIST_ENTRY, 'latin1')
  head.writeUInt16LE(3 << 8, 4)
  head.writeUInt16LE(method, 10)
  head.writeUInt32LE(size, 20)
  head.writeUInt32LE(size, 24)
  head.writeUInt16LE(name.length, 28)
  head.writeUInt32LE((mode << 16) >>> 0, 38)
  return head.toString('latin1') + name
}

/** APPNOTE.TXT 4.3.16. */
function withEnd(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const at = Math.max(0, bytes.indexOf(LIST_ENTRY, 0, 'latin1'))
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  const count = Math.min(0xfffe, bytes.toString('latin1').split(LIST_ENTRY).length - 1)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(bytes.length - at, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([bytes, end])
}

/** POSIX.1-2017, pax: ustar header block, with its checksum. */
function tarHeader(name: string, { type = '0', size = 0 }: { type?: string; size?: number } = {}): string {
  const head = Buffer.alloc(BLOCK)
  head.write(name, 0, 'latin1')
  head.write('0000644\0', 100, 'latin1')
  head.write(size.toString(8).padStart(11, '0'), 124, 'latin1')
  head.write('00000000000', 136, 'latin1')
  head.write('        ', 148, 'latin1')
  head.write(type, 156, 'latin1')
  head.write('ustar\x0000', 257, 'latin1')
  const checksum = head.reduce((sum, byte) => sum + byte, 0)
  head.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return head.toString('latin1')
}
