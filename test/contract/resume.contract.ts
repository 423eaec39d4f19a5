import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../src/oci/digest.ts'
import type { Ingests } from '../../src/store/ingest.ts'
import { readAll } from '../streams/read-range.ts'
import { drop, follow, leavePart, listUnfinished } from './ingest-steps.ts'
import type { OpenedStorage, OpenStorage } from './opened-storage.ts'

const CONTENT = randomBytes(1_000_000)
const DIGEST = digestOf(CONTENT)
const HALF = CONTENT.length / 2

/** What every Ingests does with what an earlier ingest left. */
export function resumeContract(name: string, open: OpenStorage): void {
  describe(`${name} resumes as the Ingests contract has it`, () => {
    let storage: OpenedStorage
    let ingests: Ingests

    beforeEach(async () => {
      storage = await open()
      ingests = storage.ingests
    })

    afterEach(() => storage[Symbol.asyncDispose]())

    const listed = () => listUnfinished(ingests)
    const leave = (bytes: Buffer) => leavePart(ingests, DIGEST, bytes)

    test('after suspend, abort leaves the file to whoever resumes it', async () => {
      const ingest = await ingests.begin(DIGEST)
      await ingest.write(CONTENT.subarray(0, HALF))
      await ingest.suspend(new Error('stopped'))
      const resumed = await ingests.begin(DIGEST)
      await ingest.abort(new Error('late'))
      await resumed.write(CONTENT.subarray(HALF))
      await resumed.verify()
      await storage.store.commit(resumed)
      await resumed.close()
      await using blob = await storage.store.open(DIGEST)
      expect(blob.sizeBytes).toBe(CONTENT.length)
    })

    test('begin resumes what is there', async () => {
      await leave(CONTENT.subarray(0, HALF))
      const ingest = await ingests.begin(DIGEST)
      expect(ingest.growth.writtenBytes).toBe(HALF)
      expect(ingest.acceptedBytes).toBe(HALF)
      await using early = follow(ingest, 10, 100)
      expect(await readAll(early)).toEqual(CONTENT.subarray(10, 100))
      await using whole = follow(ingest, 0)
      const following = readAll(whole)
      await ingest.write(CONTENT.subarray(HALF))
      await ingest.verify()
      expect((await following).equals(CONTENT)).toBe(true)
      await drop(ingest)
    })

    const left: [name: string, bytes: Buffer, whole: boolean][] = [
      ['nothing', Buffer.alloc(0), false],
      ['a part', CONTENT.subarray(0, HALF), false],
      ['the whole', CONTENT, true],
      ['more than the whole', Buffer.concat([CONTENT, CONTENT]), false],
    ]
    test.each(left)('isWhole, when %s is there', async (_, bytes, whole) => {
      await leave(bytes)
      const ingest = await ingests.begin(DIGEST)
      expect(await ingest.isWhole()).toBe(whole)
      await drop(ingest)
    })

    test('isWhole asks and changes nothing', async () => {
      await leave(CONTENT.subarray(0, HALF))
      const ingest = await ingests.begin(DIGEST)
      await Promise.all([ingest.isWhole(), ingest.isWhole()])
      await ingest.write(CONTENT.subarray(HALF))
      await ingest.verify()
      await drop(ingest)
    })

    test('what is whole already only needs verification', async () => {
      await leave(CONTENT)
      const ingest = await ingests.begin(DIGEST)
      await ingest.verify()
      await using reader = follow(ingest, 0)
      expect((await readAll(reader)).equals(CONTENT)).toBe(true)
      await drop(ingest)
    })

    test.each([0, HALF, CONTENT.length])(
      'suspended while it is verified, %i bytes of it resumed: what is there stays',
      async (resumedBytes) => {
        await leave(CONTENT.subarray(0, resumedBytes))
        const ingest = await ingests.begin(DIGEST)
        if (resumedBytes < CONTENT.length) await ingest.write(CONTENT.subarray(resumedBytes))
        const verifying = ingest.verify()
        verifying.catch(() => {})
        await ingest.suspend(new Error('stopped'))
        await expect(verifying).rejects.toThrow('closed')
        expect(ingest.growth.verified).toBe(false)
        expect(await listed()).toMatchObject([{ digest: DIGEST, sizeBytes: CONTENT.length }])
      },
    )

    test('suspended while what is there is hashed: what comes is not taken', async () => {
      await leave(CONTENT.subarray(0, HALF))
      const ingest = await ingests.begin(DIGEST)
      const writing = ingest.write(CONTENT.subarray(HALF))
      writing.catch(() => {})
      await ingest.suspend(new Error('stopped'))
      await expect(writing).rejects.toThrow('closed')
      expect(await listed()).toMatchObject([{ digest: DIGEST, sizeBytes: HALF }])
    })

    test('any chunks, with any stops between them, make the same content', async () => {
      const steps = fc.array(
        fc.record({ sizeBytes: fc.integer({ min: 1, max: 400_000 }), stop: fc.boolean() }),
        { minLength: 1, maxLength: 12 },
      )
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(CONTENT.length), async (chunks, start) => {
          let ingest = await ingests.begin(DIGEST)
          try {
            for (const { sizeBytes, stop } of chunks) {
              const at = ingest.acceptedBytes
              await ingest.write(CONTENT.subarray(at, at + sizeBytes))
              if (!stop) continue
              const writtenBytes = ingest.acceptedBytes
              await ingest.suspend(new Error('stopped'))
              ingest = await ingests.begin(DIGEST)
              expect(ingest.acceptedBytes).toBe(writtenBytes)
            }
            await using reader = follow(ingest, start)
            const following = readAll(reader)
            following.catch(() => {})
            await ingest.write(CONTENT.subarray(ingest.acceptedBytes))
            await ingest.verify()
            expect((await following).equals(CONTENT.subarray(start))).toBe(true)
          } finally {
            await drop(ingest)
          }
        }),
        { numRuns: 40 },
      )
    })
  })
}
