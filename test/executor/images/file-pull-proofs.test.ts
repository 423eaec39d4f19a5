import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FilePullProofs } from '../../../src/executor/images/file-pull-proofs.ts'
import { MAX_PROOFS, type PullProof } from '../../../src/executor/images/pull-proofs.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { RecordLog } from '../../support/record-log.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

const LOGIN = { kind: 'password', username: 'alice', password: 's3cret-of-alice' } as const
const PROOF: PullProof = { repository: 'ghcr.io/acme/app', digest: 'sha256:abc', login: LOGIN, group: 'acme' }
const DAY_MS = 24 * 60 * 60_000

async function stage() {
  const dir = await makeTempDir()
  const path = join(dir.path, 'state/pull-proofs.json')
  const clock = new FakeClock()
  const log = new RecordLog()
  return {
    path,
    clock,
    log,
    /** As another process would. */
    open: () => FilePullProofs.open({ path, clock, log }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

test('a proof is there for the next process, for a day, and the file shows no secret', async () => {
  await using files = await stage()
  const first = await files.open()
  expect(first.has(PROOF)).toBe(false)
  first.record(PROOF)
  await first.settle()
  const next = await files.open()
  expect(next.has(PROOF)).toBe(true)
  expect(next.has({ ...PROOF, login: { ...LOGIN, password: 's3cret-of-mallory' } })).toBe(false)
  expect((await stat(files.path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(files.path, '..'))).toEqual(['pull-proofs.json'])
  expect(await readFile(files.path, 'utf8')).not.toMatch(/alice|ghcr|acme|abc"/)
  files.clock.advance(DAY_MS)
  expect((await files.open()).has(PROOF)).toBe(false)
  expect(files.log.lines).toEqual([])
})

test('what was recorded while the file was written is kept too', async () => {
  await using files = await stage()
  const first = await files.open()
  const proofs = Array.from({ length: 20 }, (_, index) => ({ ...PROOF, digest: `sha256:${index}` }))
  for (const proof of proofs) {
    first.record(proof)
    await new Promise(setImmediate)
  }
  await first.settle()
  const next = await files.open()
  expect(proofs.every((proof) => next.has(proof))).toBe(true)
})

test('two processes keep each other’s', async () => {
  await using files = await stage()
  const founder = await files.open()
  founder.record(PROOF)
  await founder.settle()
  const [one, other] = [await files.open(), await files.open()]
  const [ofOne, ofOther] = [
    { ...PROOF, digest: 'sha256:1' },
    { ...PROOF, digest: 'sha256:2' },
  ]
  one.record(ofOne)
  await one.settle()
  other.record(ofOther)
  await other.settle()
  const next = await files.open()
  expect([PROOF, ofOne, ofOther].map((proof) => next.has(proof))).toEqual([true, true, true])
})

test('a proof of a time to come is none', async () => {
  await using files = await stage()
  files.clock.advance(DAY_MS)
  const ahead = await files.open()
  ahead.record(PROOF)
  await ahead.settle()
  files.clock.advance(-DAY_MS)
  expect((await files.open()).has(PROOF)).toBe(false)
})

test('the oldest go when there are too many', async () => {
  await using files = await stage()
  const first = await files.open()
  first.record(PROOF)
  files.clock.advance(1)
  for (let index = 0; index < MAX_PROOFS; index++) first.record({ ...PROOF, digest: `sha256:${index}` })
  await first.settle()
  const next = await files.open()
  expect(next.has(PROOF)).toBe(false)
  expect(next.has({ ...PROOF, digest: 'sha256:0' })).toBe(true)
})

test.each(['', '{', '[]', '{"format":2,"key":"","proofs":{}}', 'x'.repeat(2_000_000)])(
  'a file that makes no sense is replaced',
  async (text) => {
    await using files = await stage()
    await mkdir(join(files.path, '..'))
    await writeFile(files.path, text)
    const first = await files.open()
    first.record(PROOF)
    await first.settle()
    expect((await files.open()).has(PROOF)).toBe(true)
  },
)

test('a place that cannot be written is told, and costs nothing', async () => {
  await using files = await stage()
  await writeFile(join(files.path, '..'), 'a file where the folder should be')
  const first = await files.open()
  first.record(PROOF)
  await first.settle()
  expect(first.has(PROOF)).toBe(true)
  expect(files.log.of('pull_proofs.unread')).toHaveLength(1)
  expect(files.log.of('pull_proofs.unwritten')).toHaveLength(1)
  expect(JSON.stringify(files.log.lines)).not.toContain('s3cret-of-alice')
})
