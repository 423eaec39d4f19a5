import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ZipFile } from 'yazl'
import { readZip, type ZipLimits } from '../../../../src/executor/stages/archives/read-zip.ts'
import { TemporaryFile } from '../../../../src/executor/stages/archives/temporary-file.ts'
import { tarEntries } from '../../../../src/executor/tar/tar-entries.ts'
import { makeTempDir } from '../../../support/temp-dir.ts'

async function fileOf(bytes: Buffer): Promise<TemporaryFile> {
  const directory = await makeTempDir()
  const file = await TemporaryFile.create(directory.path)
  onTestFinished(async () => {
    await file[Symbol.asyncDispose]()
    await directory[Symbol.asyncDispose]()
  })
  await file.append(Readable.from([bytes]))
  return file
}

/** Packs texts by name; `-> x` is a link to x, a name that ends in `/` a directory. */
async function zipOf(content: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, body] of Object.entries(content)) {
    if (name.endsWith('/')) zip.addEmptyDirectory(name, { mode: 0o040700 })
    else if (body.startsWith('-> ')) zip.addBuffer(Buffer.from(body.slice(3)), name, { mode: 0o120777 })
    else zip.addBuffer(Buffer.from(body), name, { mode: 0o100640 })
  }
  zip.end()
  return await buffer(zip.outputStream)
}

async function unpack(bytes: Buffer, limits?: ZipLimits) {
  const zip = await readZip(await fileOf(bytes), limits)
  const entries: string[] = []
  for await (const { header, body } of tarEntries(zip.toTar())) {
    const { name, type, mode, linkname } = header
    entries.push([type, mode.toString(8), name, linkname || (await text(body))].join(' ').trimEnd())
  }
  return { folders: zip.folders, entries }
}

test('files, directories and links come out as they went in; folders that are no entries are told', async () => {
  const bytes = await zipOf({ 'a/': '', 'a/b/c.txt': 'content', 'a/link': '-> b/c.txt', top: '' })
  expect(await unpack(bytes)).toEqual({
    folders: ['a/b'],
    entries: ['directory 700 a/', 'file 640 a/b/c.txt content', 'symlink 777 a/link b/c.txt', 'file 640 top'],
  })
})

test.each([
  ['leads out of the archive', 'xx/evil', '../evil'],
  ['is absolute', '/evil', '/evil'],
])('a name that %s is refused', async (_, written, evil) => {
  const bytes = await zipOf({ [written.replace(/^\//, 'z')]: 'x' })
  const forged = Buffer.from(bytes.toString('latin1').replaceAll(written.replace(/^\//, 'z'), evil), 'latin1')
  await expect(unpack(forged)).rejects.toMatchObject({ code: 'INVALID' })
})

test('nothing is written through a link', async () => {
  const bytes = await zipOf({ out: '-> /etc', 'out/passwd': 'root' })
  await expect(unpack(bytes)).rejects.toMatchObject({ code: 'INVALID' })
})

test('what would unpack to too much is refused before anything is unpacked', async () => {
  const bytes = await zipOf({ zeros: '0'.repeat(100_000), more: 'x' })
  expect(bytes.length).toBeLessThan(1000)
  await expect(readZip(await fileOf(bytes), { maxBytes: 99_999, maxFiles: 10 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  })
  await expect(readZip(await fileOf(bytes), { maxBytes: 1e9, maxFiles: 1 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  })
})

test('what is no zip, or only half of one, is refused', async () => {
  await expect(unpack(Buffer.from('<html>login</html>'))).rejects.toMatchObject({ code: 'INVALID' })
  const bytes = await zipOf({ a: 'content' })
  await expect(unpack(bytes.subarray(0, -10))).rejects.toMatchObject({ code: 'INVALID' })
})

test('a name that is longer than any path, and more folders than there may be files, are refused', async () => {
  const long = await zipOf({ [`${'a/'.repeat(2_050)}a`]: 'x' })
  await expect(unpack(long)).rejects.toMatchObject({ code: 'INVALID' })
  const deep = await zipOf({ [`${'a/'.repeat(11)}a`]: 'x' })
  const limits = { maxBytes: 1e9, maxFiles: 10 }
  await expect(readZip(await fileOf(deep), limits)).rejects.toMatchObject({ code: 'TOO_LARGE' })
})

test('a body that is not what its header says is refused', async () => {
  const bytes = await zipOf({ a: 'content'.repeat(100) })
  const at = bytes.indexOf('a', 30) + 1
  bytes.fill(0xff, at, at + 4)
  await expect(unpack(bytes)).rejects.toMatchObject({ name: 'ArchiveError', code: 'INVALID' })
})

test('a temporary file has an end', async () => {
  const directory = await makeTempDir()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  await using file = await TemporaryFile.create(directory.path, 10)
  await file.append(Readable.from([Buffer.alloc(10)]))
  await expect(file.append(Readable.from([Buffer.alloc(1)]))).rejects.toMatchObject({ code: 'TOO_LARGE' })
})
