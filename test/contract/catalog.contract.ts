import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { ManifestReference } from '../../src/oci/manifest.ts'
import { parseRepository, type Tag } from '../../src/oci/reference.ts'
import type { Catalog, ProofKey, StoredManifest, TagKey, TagPointer } from '../../src/store/catalog.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const REPOSITORY = parseRepository('library/app')
const A = digestOf(Buffer.from('a'))
const B = digestOf(Buffer.from('b'))
const C = digestOf(Buffer.from('c'))

const TAG: TagKey = { upstream: 'docker.io', repository: REPOSITORY, tag: 'latest' as Tag }
const PROOF: ProofKey = { scope: 'public', upstream: 'docker.io', repository: REPOSITORY, digest: A }

function manifest(text: string): StoredManifest {
  const bytes = Buffer.from(text)
  return { digest: digestOf(bytes), mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes }
}

function reference(digest: Digest, role: ManifestReference['role'], sizeBytes: number): ManifestReference {
  return { digest, role, sizeBytes, mediaType: 'application/octet-stream' }
}

function pointer(digest: Digest, change: Partial<TagPointer> = {}): TagPointer {
  return { digest, checkedAt: NOW, missingSince: undefined, ...change }
}

/** What every Catalog does. `open` makes a new and empty one. */
export function catalogContract(name: string, open: () => Promise<Catalog>): void {
  describe(`${name} keeps the Catalog contract`, () => {
    let catalog: Catalog

    beforeEach(async () => {
      catalog = await open()
    })

    afterEach(() => catalog.close())

    describe('manifests', () => {
      test('are given back exactly', async () => {
        const stored = manifest('{"any": "bytes \u0000 at all"} \n')
        expect(await catalog.manifests.find(stored.digest)).toBeUndefined()
        await catalog.manifests.put(stored, [], NOW)
        expect(await catalog.manifests.find(stored.digest)).toEqual(stored)
      })

      test('storing one again changes nothing', async () => {
        const stored = manifest('{}')
        await catalog.manifests.put(stored, [reference(A, 'layer', 5)], NOW)
        await catalog.manifests.put({ ...stored, mediaType: 'other' }, [reference(B, 'layer', 7)], NOW)
        expect(await catalog.manifests.find(stored.digest)).toEqual(stored)
        expect(await catalog.manifests.findParents(B)).toEqual([])
      })

      test('know their parents', async () => {
        const first = manifest('1')
        const second = manifest('2')
        const index = manifest('3')
        await catalog.manifests.put(first, [reference(A, 'config', 10), reference(B, 'layer', 20)], NOW)
        await catalog.manifests.put(second, [reference(A, 'layer', 10), reference(A, 'config', 10)], NOW)
        await catalog.manifests.put(index, [reference(first.digest, 'manifest', 1)], NOW)
        const parents = await catalog.manifests.findParents(A)
        expect(new Set(parents)).toEqual(
          new Set([
            { manifest: first.digest, role: 'config', sizeBytes: 10 },
            { manifest: second.digest, role: 'config', sizeBytes: 10 },
            { manifest: second.digest, role: 'layer', sizeBytes: 10 },
          ]),
        )
        expect(await catalog.manifests.findParents(first.digest)).toEqual([
          { manifest: index.digest, role: 'manifest', sizeBytes: 1 },
        ])
        expect(await catalog.manifests.findParents(C)).toEqual([])
      })

      test('one layer named twice is one reference', async () => {
        const stored = manifest('{}')
        await catalog.manifests.put(stored, [reference(A, 'layer', 5), reference(A, 'layer', 5)], NOW)
        expect(await catalog.manifests.findParents(A)).toHaveLength(1)
      })

      test('sizes beyond 32 bits are kept', async () => {
        await catalog.manifests.put(manifest('{}'), [reference(A, 'layer', 2 ** 40 + 1)], NOW)
        expect(await catalog.manifests.findParents(A)).toMatchObject([{ sizeBytes: 2 ** 40 + 1 }])
      })
    })

    describe('blobs', () => {
      test('come and go', async () => {
        expect(await catalog.blobs.find(A)).toBeUndefined()
        await catalog.blobs.put(A, 5, NOW)
        await catalog.blobs.put(B, 2 ** 40, NOW)
        expect(await catalog.blobs.find(A)).toMatchObject({ sizeBytes: 5 })
        expect(await catalog.blobs.find(B)).toMatchObject({ sizeBytes: 2 ** 40 })
        await catalog.blobs.put(A, 6, NOW)
        expect(await catalog.blobs.find(A)).toMatchObject({ sizeBytes: 6 })
        await catalog.blobs.delete(A)
        await catalog.blobs.delete(A)
        expect(await catalog.blobs.find(A)).toBeUndefined()
      })

      test('are listed in pages, each once, in the order of digests', async () => {
        const digests = Array.from({ length: 25 }, (_, turn) => digestOf(Buffer.from(`${turn}`)))
        await Promise.all(digests.map((digest, turn) => catalog.blobs.put(digest, turn, NOW)))
        const seen: Digest[] = []
        for (let page = await catalog.blobs.list(undefined, 10); page.length > 0; ) {
          expect(page.length).toBeLessThanOrEqual(10)
          seen.push(...page.map(({ digest }) => digest))
          page = await catalog.blobs.list(seen.at(-1), 10)
        }
        expect(seen).toEqual([...digests].sort())
      })

      test('a list goes on behind a digest that is gone', async () => {
        const [first, second, third] = [A, B, C].sort() as [Digest, Digest, Digest]
        for (const digest of [first, second, third]) await catalog.blobs.put(digest, 1, NOW)
        await catalog.blobs.delete(second)
        expect(await catalog.blobs.list(second, 10)).toEqual([{ digest: third, sizeBytes: 1 }])
      })
    })

    describe('tags', () => {
      interface Case {
        readonly name: string
        readonly now: Digest | undefined
        readonly expected: Digest | undefined
        readonly moves: boolean
      }
      const cases: Case[] = [
        { name: 'a new tag, expected to be new', now: undefined, expected: undefined, moves: true },
        { name: 'a new tag, expected elsewhere', now: undefined, expected: A, moves: false },
        { name: 'a tag, expected where it is', now: A, expected: A, moves: true },
        { name: 'a tag, expected elsewhere', now: A, expected: B, moves: false },
        { name: 'a tag, expected to be new', now: A, expected: undefined, moves: false },
      ]
      test.each(cases)('move: $name', async ({ now, expected, moves }) => {
        if (now !== undefined) await catalog.tags.move(TAG, undefined, pointer(now))
        const next = pointer(C, { checkedAt: NOW + 5, missingSince: NOW + 1 })
        expect(await catalog.tags.move(TAG, expected, next)).toBe(moves)
        const before = now === undefined ? undefined : pointer(now)
        expect(await catalog.tags.find(TAG)).toEqual(moves ? next : before)
      })

      test('move to where it points already confirms it', async () => {
        await catalog.tags.move(TAG, undefined, pointer(A, { missingSince: NOW }))
        expect(await catalog.tags.move(TAG, A, pointer(A, { checkedAt: NOW + 9 }))).toBe(true)
        expect(await catalog.tags.find(TAG)).toEqual(pointer(A, { checkedAt: NOW + 9 }))
      })

      test.each([
        ['where it points', A, true],
        ['where it does not point', B, false],
      ] as const)('delete, expected %s', async (_, expected, deletes) => {
        await catalog.tags.move(TAG, undefined, pointer(A))
        expect(await catalog.tags.delete(TAG, expected)).toBe(deletes)
        expect(await catalog.tags.find(TAG)).toEqual(deletes ? undefined : pointer(A))
      })

      test('delete of what is not there', async () => {
        expect(await catalog.tags.delete(TAG, A)).toBe(false)
      })

      const others: [part: string, key: TagKey][] = [
        ['upstream', { ...TAG, upstream: 'ghcr.io' }],
        ['repository', { ...TAG, repository: parseRepository('library/other') }],
        ['tag', { ...TAG, tag: 'Latest' as Tag }],
      ]
      test.each(others)('of another %s are others', async (_, other) => {
        await catalog.tags.move(TAG, undefined, pointer(A))
        expect(await catalog.tags.find(other)).toBeUndefined()
        expect(await catalog.tags.move(other, undefined, pointer(B))).toBe(true)
        expect(await catalog.tags.find(TAG)).toEqual(pointer(A))
      })

      test.each([undefined, A])('of many who move at once from %s exactly one succeeds', async (from) => {
        if (from !== undefined) await catalog.tags.move(TAG, undefined, pointer(from))
        const targets = Array.from({ length: 20 }, (_, turn) => digestOf(Buffer.from(`target ${turn}`)))
        const moved = await Promise.all(
          targets.map((target) => catalog.tags.move(TAG, from, pointer(target))),
        )
        expect(moved.filter(Boolean)).toHaveLength(1)
        expect((await catalog.tags.find(TAG))?.digest).toBe(targets[moved.indexOf(true)])
      })
    })

    describe('proofs', () => {
      test('come, are renewed and go', async () => {
        expect(await catalog.proofs.find(PROOF)).toBeUndefined()
        await catalog.proofs.put(PROOF, NOW)
        expect(await catalog.proofs.find(PROOF)).toBe(NOW)
        await catalog.proofs.put(PROOF, NOW + 1)
        expect(await catalog.proofs.find(PROOF)).toBe(NOW + 1)
        await catalog.proofs.delete(PROOF)
        await catalog.proofs.delete(PROOF)
        expect(await catalog.proofs.find(PROOF)).toBeUndefined()
      })

      const others: [part: string, key: ProofKey][] = [
        ['scope', { ...PROOF, scope: 'docker.io/acme' }],
        ['upstream', { ...PROOF, upstream: 'ghcr.io' }],
        ['repository', { ...PROOF, repository: parseRepository('library/other') }],
        ['digest', { ...PROOF, digest: B }],
      ]
      test.each(others)('of another %s prove nothing here, and end nothing', async (_, other) => {
        await catalog.proofs.put(other, NOW)
        expect(await catalog.proofs.find(PROOF)).toBeUndefined()
        await catalog.proofs.delete(PROOF)
        expect(await catalog.proofs.find(other)).toBe(NOW)
      })
    })

    test('check resolves while it works, and rejects afterwards', async () => {
      const own = await open()
      await Promise.all([own.check(), own.check()])
      await own.blobs.put(A, 1, NOW)
      await own.close()
      await expect(own.check()).rejects.toThrow()
      await expect(own.blobs.find(A)).rejects.toThrow()
      await expect(own.tags.move(TAG, undefined, pointer(A))).rejects.toThrow()
    })
  })
}
