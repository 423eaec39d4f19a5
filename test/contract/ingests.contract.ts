import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import { DigestMismatch } from '../../src/store/errors.ts'
import type { Ingests } from '../../src/store/ingest.ts'
import { WITHHELD_TAIL_BYTES } from '../../src/streams/growth.ts'
import { readAll } from '../streams/read-range.ts'
import { drop, follow, leavePart, listUnfinished } from './ingest-steps.ts'
import type { OpenedStorage, OpenStorage } from './opened-storage.ts'
import { resumeContract } from './resume.contract.ts'

const CONTENT = randomBytes(1_000_000)
const DIGEST = digestOf(CONTENT)
const HALF = CONTENT.length / 2

/** What every Ingests does. */
export function ingestsContract(name: string, open: OpenStorage): void {
  resumeContract(name, open)

  describe(`${name} keeps the Ingests contract`, () => {
    let storage: OpenedStorage
    let ingests: Ingests

    beforeEach(async () => {
      storage = await open()
      ingests = storage.ingests
    })

    afterEach(() => storage[Symbol.asyncDispose]())

    const listed = () => listUnfinished(ingests)
    const leave = (bytes: Buffer) => leavePart(ingests, DIGEST, bytes)

    test('followers see what arrives, and the tail after verification', async () => {
      const ingest = await ingests.begin(DIGEST)
      ingest.growth.setTotal(CONTENT.length)
      await using reader = follow(ingest, 0)
      const head = readAll(reader)
      await using range = follow(ingest, CONTENT.length - 5, CONTENT.length)
      const tail = readAll(range)
      for (let at = 0; at < CONTENT.length; at += 99_999)
        await ingest.write(CONTENT.subarray(at, at + 99_999))
      expect(ingest.acceptedBytes).toBe(CONTENT.length)
      await ingest.verify()
      expect((await head).equals(CONTENT)).toBe(true)
      expect(await tail).toEqual(CONTENT.subarray(-5))
      await drop(ingest)
    })

    test('the tail is withheld until verification', async () => {
      const ingest = await ingests.begin(DIGEST)
      ingest.growth.setTotal(CONTENT.length)
      await ingest.write(CONTENT)
      await using reader = follow(ingest, 0)
      const buffer = Buffer.alloc(CONTENT.length)
      let filled = 0
      while (filled < CONTENT.length - WITHHELD_TAIL_BYTES)
        filled += await reader.read(buffer.subarray(filled))
      expect(filled).toBe(CONTENT.length - WITHHELD_TAIL_BYTES)
      let tailIsReadable = false
      const rest = reader.ready().then(() => {
        tailIsReadable = true
      })
      await new Promise(setImmediate)
      expect(tailIsReadable).toBe(false)
      await ingest.verify()
      await rest
      expect((await readAll(reader)).equals(CONTENT.subarray(-WITHHELD_TAIL_BYTES))).toBe(true)
      await drop(ingest)
    })

    test('wrong bytes: the writer and all followers learn it, and nothing stays', async () => {
      const ingest = await ingests.begin(DIGEST)
      const wrong = Buffer.from(CONTENT)
      wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1
      await using early = follow(ingest, 0)
      const following = readAll(early)
      following.catch(() => {})
      await ingest.write(wrong)
      await expect(ingest.verify()).rejects.toBeInstanceOf(DigestMismatch)
      await expect(following).rejects.toBeInstanceOf(DigestMismatch)
      expect(ingest.hold()).toBeUndefined()
      expect(await listed()).toEqual([])
      const again = await ingests.begin(DIGEST)
      expect(again.growth.writtenBytes).toBe(0)
      await again.write(CONTENT)
      await again.verify()
      await drop(again)
    })

    test('suspend keeps what is there, and followers get the reason', async () => {
      const ingest = await ingests.begin(DIGEST)
      await using reader = follow(ingest, 0)
      const following = readAll(reader)
      following.catch(() => {})
      await ingest.write(CONTENT.subarray(0, HALF))
      const stopped = new Error('stopped')
      await Promise.all([ingest.suspend(stopped), ingest.suspend(new Error('again'))])
      await expect(following).rejects.toBe(stopped)
      expect(await listed()).toMatchObject([{ digest: DIGEST, sizeBytes: HALF }])
    })

    test('abort keeps nothing, and followers get the reason', async () => {
      const ingest = await ingests.begin(DIGEST)
      await using reader = follow(ingest, 0)
      await ingest.write(CONTENT.subarray(0, HALF))
      const over = new Error('over')
      await Promise.all([ingest.abort(over), ingest.abort(new Error('again'))])
      await expect(readAll(reader)).rejects.toBe(over)
      expect(await listed()).toEqual([])
    })

    test.each(['suspend', 'abort'] as const)('after %s nothing is taken any more', async (end) => {
      const ingest = await ingests.begin(DIGEST)
      await ingest[end](new Error('over'))
      await expect(ingest.write(CONTENT)).rejects.toThrow('closed')
      await expect(ingest.verify()).rejects.toThrow('closed')
    })

    test('hold keeps what is there for its holder, and sees what comes', async () => {
      const ingest = await ingests.begin(DIGEST)
      const held = ingest.hold()
      await ingest.write(CONTENT)
      await ingest.verify()
      await drop(ingest)
      expect(ingest.hold()).toBeUndefined()
      await using reader = held?.read(5)
      await held?.[Symbol.asyncDispose]()
      await held?.[Symbol.asyncDispose]()
      expect(reader && (await readAll(reader)).equals(CONTENT.subarray(5))).toBe(true)
    })

    test('who holds an ingest that ends badly is told', async () => {
      const ingest = await ingests.begin(DIGEST)
      await using held = ingest.hold()
      await ingest.abort(new Error('over'))
      await using reader = held?.read(0)
      await expect(reader?.ready()).rejects.toThrow('over')
    })

    test('one digest has one ingest at a time', async () => {
      const first = await ingests.begin(DIGEST)
      await expect(ingests.begin(DIGEST)).rejects.toThrow('open already')
      const [one, two] = await Promise.allSettled([
        ingests.begin(digestOf(Buffer.from('other'))),
        ingests.begin(digestOf(Buffer.from('other'))),
      ])
      expect([one.status, two.status].sort()).toEqual(['fulfilled', 'rejected'])
      for (const begun of [one, two]) if (begun.status === 'fulfilled') await drop(begun.value)
      await first.write(CONTENT)
      await first.verify()
      await drop(first)
      await drop(await ingests.begin(DIGEST))
    })

    test('bytes that are being removed are never resumed', async () => {
      const ingest = await ingests.begin(DIGEST)
      await ingest.write(Buffer.from('wrong'))
      const aborting = ingest.abort(new Error('over'))
      for (;;) {
        const again = await ingests.begin(DIGEST).catch(() => undefined)
        if (again === undefined) {
          await new Promise(setImmediate)
          continue
        }
        expect(again.growth.writtenBytes).toBe(0)
        await aborting
        await again.write(CONTENT)
        await again.verify()
        await storage.store.commit(again)
        await again.close()
        break
      }
      await using blob = await storage.store.open(DIGEST)
      expect(blob.sizeBytes).toBe(CONTENT.length)
    })

    test('the list has what nobody works on; discard removes it', async () => {
      const before = Date.now()
      await leave(CONTENT.subarray(0, 5))
      const [unfinished] = await listed()
      expect(unfinished).toMatchObject({ digest: DIGEST, sizeBytes: 5 })
      // File systems count in coarser steps than the clock.
      expect(unfinished?.changedAt).toBeGreaterThan(before - 2_000)
      expect(unfinished?.changedAt).toBeLessThan(Date.now() + 2_000)
      await ingests.discard(DIGEST)
      await ingests.discard(DIGEST)
      expect(await listed()).toEqual([])
    })

    test('an open ingest is neither listed nor discarded', async () => {
      const ingest = await ingests.begin(DIGEST)
      await ingest.write(CONTENT)
      expect(await listed()).toEqual([])
      await ingests.discard(DIGEST)
      await ingest.verify()
      await storage.store.commit(ingest)
      await ingest.close()
      await using blob = await storage.store.open(DIGEST)
      expect(blob.sizeBytes).toBe(CONTENT.length)
    })
  })
}
