import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, type DigestAlgorithm, digestOf } from '../../src/oci/digest.ts'
import type { BlobStore } from '../../src/store/blob-store.ts'
import { BlobNotFound, DigestMismatch } from '../../src/store/errors.ts'
import type { Ingest, Ingests } from '../../src/store/ingest.ts'
import { readAll } from '../streams/read-range.ts'
import { follow } from './ingest-steps.ts'
import type { OpenedStorage, OpenStorage } from './opened-storage.ts'

const CONTENT = randomBytes(300_000)
const DIGEST = digestOf(CONTENT)

/** What every BlobStore does, with the ingests that belong to it. */
export function blobStoreContract(name: string, open: OpenStorage): void {
  describe(`${name} keeps the BlobStore contract`, () => {
    let storage: OpenedStorage
    let store: BlobStore
    let ingests: Ingests

    beforeEach(async () => {
      storage = await open()
      store = storage.store
      ingests = storage.ingests
    })

    afterEach(() => storage[Symbol.asyncDispose]())

    async function ingest(digest: Digest, bytes: Buffer): Promise<Ingest> {
      const begun = await ingests.begin(digest)
      if (bytes.length > 0) await begun.write(bytes)
      return begun
    }

    async function put(bytes: Buffer, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
      const digest = digestOf(bytes, algorithm)
      const begun = await ingest(digest, bytes)
      await begun.verify()
      await store.commit(begun)
      await begun.close()
      return digest
    }

    async function content(digest: Digest): Promise<Buffer> {
      await using blob = await store.open(digest)
      await using reader = blob.read(0, blob.sizeBytes)
      return await readAll(reader)
    }

    async function walked(): Promise<Map<Digest, number>> {
      const seen = new Map<Digest, number>()
      for await (const { digest, sizeBytes } of store.walk()) seen.set(digest, sizeBytes)
      return seen
    }

    test('a missing blob is BlobNotFound', async () => {
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      await expect(store.open(DIGEST)).rejects.toMatchObject({ code: 'blob-not-found', digest: DIGEST })
      expect(await walked()).toEqual(new Map())
    })

    test('content is invisible until it is committed', async () => {
      const begun = await ingests.begin(DIGEST)
      await begun.write(CONTENT)
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      await begun.verify()
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      expect(await walked()).toEqual(new Map())
      await store.commit(begun)
      await begun.close()
      expect((await content(DIGEST)).equals(CONTENT)).toBe(true)
      expect(await walked()).toEqual(new Map([[DIGEST, CONTENT.length]]))
    })

    const sizes: [name: string, bytes: Buffer, algorithm: DigestAlgorithm][] = [
      ['no bytes', Buffer.alloc(0), 'sha256'],
      ['one byte', Buffer.from('x'), 'sha256'],
      ['a sha512 digest', Buffer.from('hello'), 'sha512'],
      ['some megabytes', randomBytes(5_000_001), 'sha256'],
    ]
    test.each(sizes)('keeps content of %s', async (_, bytes, algorithm) => {
      const digest = await put(bytes, algorithm)
      expect((await content(digest)).equals(bytes)).toBe(true)
      expect(await walked()).toEqual(new Map([[digest, bytes.length]]))
    })

    const ranges: [start: number, end: number][] = [
      [0, 300_000],
      [0, 1],
      [299_999, 300_000],
      [70_000, 70_000],
      [65_535, 200_001],
    ]
    test.each(ranges)('reads from %i up to %i', async (start, end) => {
      await using blob = await store.open(await put(CONTENT))
      await using reader = blob.read(start, end)
      await reader.ready()
      expect((await readAll(reader, 50_000)).equals(CONTENT.subarray(start, end))).toBe(true)
    })

    test('a reader outlives the blob it was taken from', async () => {
      const blob = await store.open(await put(CONTENT))
      await using reader = blob.read(0, blob.sizeBytes)
      await blob[Symbol.asyncDispose]()
      await blob[Symbol.asyncDispose]()
      expect((await readAll(reader)).equals(CONTENT)).toBe(true)
    })

    test('readers that stop in the middle leave nothing open', async () => {
      await put(CONTENT)
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          await using blob = await store.open(DIGEST)
          await using reader = blob.read(0, blob.sizeBytes)
          await reader.read(Buffer.alloc(1_000))
        }),
      )
    })

    test('what is not verified cannot be committed, and nothing of it stays', async () => {
      const begun = await ingest(DIGEST, CONTENT)
      await expect(store.commit(begun)).rejects.toThrow('verified')
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      expect(await put(CONTENT)).toBe(DIGEST)
    })

    test('what does not match its digest cannot be committed', async () => {
      const begun = await ingest(DIGEST, Buffer.from('something else'))
      await expect(begun.verify()).rejects.toBeInstanceOf(DigestMismatch)
      await expect(store.commit(begun)).rejects.toThrow()
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      expect(await walked()).toEqual(new Map())
    })

    test('committing what is stored already succeeds', async () => {
      await put(CONTENT)
      await using early = await store.open(DIGEST)
      await put(CONTENT)
      await using reader = early.read(0, early.sizeBytes)
      expect((await readAll(reader)).equals(CONTENT)).toBe(true)
      expect((await content(DIGEST)).equals(CONTENT)).toBe(true)
      expect(await walked()).toEqual(new Map([[DIGEST, CONTENT.length]]))
    })

    test('a follower reads on through commit and deletion', async () => {
      const begun = await ingest(DIGEST, CONTENT)
      await using follower = follow(begun, 0)
      const first = Buffer.alloc(10)
      expect(await follower.read(first)).toBe(10)
      await begun.verify()
      await store.commit(begun)
      await begun.close()
      await store.delete(DIGEST)
      expect(Buffer.concat([first, await readAll(follower)]).equals(CONTENT)).toBe(true)
    })

    test('who held an ingest reads on from it after commit and deletion', async () => {
      const begun = await ingest(DIGEST, CONTENT)
      await begun.verify()
      await using early = begun.hold()
      await store.commit(begun)
      await using late = begun.hold()
      await begun.close()
      await store.delete(DIGEST)
      for (const held of [early, late]) {
        await using reader = held?.read(0)
        expect(reader && (await readAll(reader)).equals(CONTENT)).toBe(true)
      }
    })

    test('what is deleted while it is read is read to its end', async () => {
      await put(CONTENT)
      await using blob = await store.open(DIGEST)
      await using reader = blob.read(0, blob.sizeBytes)
      const first = Buffer.alloc(10)
      expect(await reader.read(first)).toBe(10)
      await store.delete(DIGEST)
      await expect(store.open(DIGEST)).rejects.toBeInstanceOf(BlobNotFound)
      expect(Buffer.concat([first, await readAll(reader)]).equals(CONTENT)).toBe(true)
      expect(await walked()).toEqual(new Map())
    })

    test('deleting what is not there succeeds, and what was deleted may come again', async () => {
      await store.delete(DIGEST)
      await put(CONTENT)
      await Promise.all([store.delete(DIGEST), store.delete(DIGEST)])
      await put(CONTENT)
      expect((await content(DIGEST)).equals(CONTENT)).toBe(true)
    })

    test('many at once do not disturb each other', async () => {
      const all = Array.from({ length: 30 }, (_, turn) => randomBytes(1_000 + turn))
      const digests = await Promise.all(
        all.map(async (bytes, turn) => {
          const digest = await put(bytes)
          expect((await content(digest)).equals(bytes)).toBe(true)
          if (turn % 3 === 0) await store.delete(digest)
          return digest
        }),
      )
      const kept = digests.flatMap((digest, turn): [Digest, number][] =>
        turn % 3 === 0 ? [] : [[digest, 1_000 + turn]],
      )
      expect(await walked()).toEqual(new Map(kept))
    })

    test('a walk goes on while blobs come and go', async () => {
      const early = await Promise.all(Array.from({ length: 20 }, () => put(randomBytes(100))))
      const seen: Digest[] = []
      for await (const { digest } of store.walk()) {
        if (seen.length === 0)
          await Promise.all(early.filter((other) => other !== digest).map((other) => store.delete(other)))
        await put(randomBytes(100))
        seen.push(digest)
        if (seen.length === 50) break
      }
      expect(seen.length).toBeGreaterThan(0)
      expect(new Set(seen).size).toBe(seen.length)
    })
  })
}
