import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { ManifestReference } from '../../src/oci/manifest.ts'
import { parseReference, parseRepository, type Tag } from '../../src/oci/reference.ts'
import type { Catalog, ImagePull, StoredManifest, TagPointer } from '../../src/store/catalog.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const REPOSITORY = parseRepository('library/app')
const BASE = digestOf(Buffer.from('base'))
const OWN = digestOf(Buffer.from('own'))
const LATEST = 'docker.io/library/app:latest'

/** What every Catalog knows about images and what they need. `open` makes a new and empty one. */
export function imagesContract(name: string, open: () => Promise<Catalog>): void {
  describe(`${name} keeps the Catalog contract for images and space`, () => {
    let catalog: Catalog

    beforeEach(async () => {
      catalog = await open()
    })

    afterEach(() => catalog.close())

    async function store(text: string, references: readonly ManifestReference[]): Promise<Digest> {
      const stored = manifest(text)
      await catalog.manifests.put(stored, references, NOW)
      return stored.digest
    }

    async function point(tag: string, from: Digest | undefined, to: Digest, at = NOW): Promise<void> {
      const key = { upstream: 'docker.io', repository: REPOSITORY, tag: tag as Tag }
      expect(await catalog.tags.move(key, from, pointer(to, at))).toBe(true)
    }

    async function unneeded(): Promise<string[]> {
      const found = await catalog.space.listUnneeded(undefined, 100)
      return found.map(({ kind, digest }) => `${kind} ${digest}`)
    }

    /** Collects until nothing is left to collect. */
    async function collectAll(): Promise<void> {
      for (let rows = await catalog.space.listUnneeded(undefined, 10); rows.length > 0; ) {
        for (const { digest, kind } of rows) await catalog.space.collect(digest, kind)
        rows = await catalog.space.listUnneeded(undefined, 10)
      }
    }

    async function names(): Promise<string[]> {
      return (await catalog.images.list(undefined, 100)).map((image) => image.name)
    }

    test('what was pulled in the future counts as pulled now, unless it is pinned', async () => {
      const digest = await store('{}', [])
      for (const [tag, at] of [
        ['past', NOW - 1],
        ['future', NOW + 1],
        ['pinned', NOW + 1],
      ] as const) {
        await point(tag, undefined, digest, at)
      }
      await catalog.images.pin('docker.io/library/app:pinned', true)
      await catalog.images.dateBack(NOW)
      const pulled = (await catalog.images.list(undefined, 10)).map(({ lastPulledAt }) => lastPulledAt - NOW)
      // In the order of names: future, past, pinned.
      expect(pulled).toEqual([0, -1, 1])
    })

    test('an image comes with its tag', async () => {
      const digest = await store('{}', [])
      expect(await unneeded()).toEqual([`manifest ${digest}`])
      await point('latest', undefined, digest)
      expect(await unneeded()).toEqual([])
      expect(await catalog.images.find(LATEST)).toEqual({
        name: LATEST,
        upstream: 'docker.io',
        repository: REPOSITORY,
        reference: { kind: 'tag', tag: 'latest' },
        digest,
        lastPulledAt: NOW,
        pulls: 0,
        pinned: false,
      })
      expect(await catalog.images.listVersions(LATEST)).toEqual([{ digest, since: NOW }])
    })

    test('what a moved tag pointed to stays as an image that is named by digest', async () => {
      const [first, second] = [await store('1', []), await store('2', [])]
      await point('latest', undefined, first)
      await point('latest', first, second, NOW + 5)
      expect(await names()).toEqual([LATEST, `docker.io/library/app@${first}`])
      expect(await catalog.images.find(LATEST)).toMatchObject({ digest: second })
      expect(await catalog.images.listVersions(LATEST)).toEqual([
        { digest: second, since: NOW + 5 },
        { digest: first, since: NOW },
      ])
      expect(await unneeded()).toEqual([])
    })

    test('what a deleted tag pointed to stays pullable, and pinned', async () => {
      const digest = await store('1', [])
      await point('latest', undefined, digest)
      await catalog.images.pin(LATEST, true)
      const key = { upstream: 'docker.io', repository: REPOSITORY, tag: 'latest' as Tag }
      await catalog.tags.delete(key, digest)
      expect(await catalog.images.list(undefined, 10)).toMatchObject([
        { name: `docker.io/library/app@${digest}`, pinned: true },
      ])
    })

    test('a deleted image takes its tag, and leaves what only it needed', async () => {
      const [one, two] = await twoImages()
      const used = await catalog.space.usedBytes()
      expect(await catalog.images.uniqueBytes('docker.io/library/app:one')).toBe(1 + 10)
      expect(await catalog.images.delete('docker.io/library/app:one')).toMatchObject({ digest: one })
      const key = { upstream: 'docker.io', repository: REPOSITORY, tag: 'one' as Tag }
      expect(await catalog.tags.find(key)).toBeUndefined()
      await collectAll()
      expect(await catalog.manifests.find(one)).toBeUndefined()
      expect(await catalog.blobs.find(OWN)).toBeUndefined()
      expect(await catalog.blobs.find(BASE)).toMatchObject({ sizeBytes: 100 })
      expect(await catalog.manifests.findParents(BASE)).toMatchObject([{ manifest: two }])
      expect(await catalog.space.usedBytes()).toBe(used - 11)
    })

    test('a manifest under an index goes after the index', async () => {
      const child = await store('child', [reference(OWN, 'layer', 10)])
      const index = await store('index', [reference(child, 'manifest', 5)])
      await point('latest', undefined, index)
      expect(await unneeded()).toEqual([])
      await catalog.images.delete(LATEST)
      expect(await unneeded()).toEqual([`manifest ${index}`])
      await collectAll()
      expect(await catalog.manifests.find(child)).toBeUndefined()
      expect(await catalog.space.usedBytes()).toBe(0)
    })

    test('what is needed again is not collected', async () => {
      const digest = await store('1', [])
      await point('latest', undefined, digest)
      await catalog.images.delete(LATEST)
      await point('latest', undefined, digest)
      expect(await catalog.space.collect(digest, 'manifest')).toBeUndefined()
      expect(await catalog.manifests.find(digest)).toBeDefined()
    })

    test('a manifest that comes back before its references are gone has all of them', async () => {
      const references = [reference(BASE, 'config', 1), reference(OWN, 'layer', 2)]
      const digest = await store('1', references)
      await catalog.space.collect(digest, 'manifest')
      await store('1', references)
      expect(await catalog.space.collect(digest, 'references')).toBeUndefined()
      expect(await catalog.manifests.findParents(OWN)).toHaveLength(1)
    })

    test('the references of a large manifest go in steps', async () => {
      const references = Array.from({ length: 450 }, (_, turn) =>
        reference(digestOf(Buffer.from(`layer ${turn}`)), 'layer', turn),
      )
      const digest = await store('1', references)
      await catalog.space.collect(digest, 'manifest')
      let steps = 0
      while ((await catalog.space.collect(digest, 'references')) !== undefined) steps += 1
      expect(steps).toBe(3)
    })

    test('collecting forgets what was proved of it', async () => {
      const proof = { scope: 'public', upstream: 'docker.io', repository: REPOSITORY, digest: OWN }
      await catalog.blobs.put(OWN, 10, NOW)
      await catalog.proofs.put(proof, NOW)
      expect(await catalog.space.collect(OWN, 'blob')).toEqual([
        { upstream: 'docker.io', repository: REPOSITORY, digest: OWN },
      ])
      expect(await catalog.proofs.find(proof)).toBeUndefined()
    })

    test('used bytes follow every change', async () => {
      await catalog.blobs.put(OWN, 10, NOW)
      await catalog.blobs.put(OWN, 12, NOW)
      await catalog.blobs.put(BASE, 100, NOW)
      await store('four', [])
      await store('four', [])
      expect(await catalog.space.usedBytes()).toBe(12 + 100 + 4)
      await catalog.blobs.delete(BASE)
      await catalog.blobs.delete(BASE)
      expect(await catalog.space.usedBytes()).toBe(12 + 4)
    })

    describe('pulls', () => {
      function pull(reference: string, digest: Digest, at: number, count = 1): ImagePull {
        return {
          upstream: 'docker.io',
          repository: REPOSITORY,
          reference: parseReference(reference),
          digest,
          at,
          count,
        }
      }

      test('by tag and by digest count for the image', async () => {
        const [one] = await twoImages()
        await catalog.images.recordPulls([pull('one', one, NOW + 9), pull(one, one, NOW + 3, 2)])
        expect(await catalog.images.find('docker.io/library/app:one')).toMatchObject({
          lastPulledAt: NOW + 9,
          pulls: 3,
        })
      })

      test('of a manifest under an index touch the image of the index', async () => {
        const child = await store('child', [])
        await point('latest', undefined, await store('index', [reference(child, 'manifest', 5)]))
        await catalog.images.recordPulls([pull(child, child, NOW + 9)])
        expect(await catalog.images.list(undefined, 10)).toMatchObject([
          { name: LATEST, lastPulledAt: NOW + 9 },
        ])
      })

      test('of a manifest that nothing leads to make it an image', async () => {
        const digest = await store('alone', [])
        const absent = digestOf(Buffer.from('absent'))
        await catalog.images.recordPulls([pull(digest, digest, NOW + 9), pull(absent, absent, NOW)])
        expect(await names()).toEqual([`docker.io/library/app@${digest}`])
        expect(await unneeded()).toEqual([])
      })

      test('decide the order of those that are not pinned', async () => {
        const [one, two] = await twoImages()
        await catalog.images.recordPulls([pull('one', one, NOW + 9), pull('two', two, NOW + 3)])
        const [first, second] = await catalog.images.listByPull(undefined, 10)
        expect([first?.reference, second?.reference]).toEqual([parseReference('two'), parseReference('one')])
        expect(await catalog.images.listByPull(first, 10)).toEqual([second])
        expect(await catalog.images.pin('docker.io/library/app:two', true)).toBe(true)
        expect(await catalog.images.listByPull(undefined, 10)).toEqual([second])
        expect(await catalog.images.pin('docker.io/library/app:none', true)).toBe(false)
      })

      test('after the look save an image from deletion, and so do pins', async () => {
        const [one] = await twoImages()
        await catalog.images.recordPulls([pull('one', one, NOW + 9)])
        expect(await catalog.images.delete('docker.io/library/app:one', NOW)).toBeUndefined()
        await catalog.images.pin('docker.io/library/app:two', true)
        expect(await catalog.images.delete('docker.io/library/app:two', NOW)).toBeUndefined()
        expect(await names()).toHaveLength(2)
      })
    })

    test('the first value is remembered', async () => {
      expect(await catalog.space.remember('max_bytes', 5)).toBe(5)
      expect(await catalog.space.remember('max_bytes', 7)).toBe(5)
    })

    test('content is listed once, present or not', async () => {
      const [one] = await twoImages()
      await catalog.blobs.delete(OWN)
      expect(await catalog.images.listContent(one)).toMatchObject([
        { digest: one, kind: 'manifest', sizeBytes: 1, present: true },
        ...[
          { digest: BASE, kind: 'blob', sizeBytes: 100, present: true },
          { digest: OWN, kind: 'blob', sizeBytes: 10, present: false },
        ].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
      ])
    })

    async function twoImages(): Promise<[Digest, Digest]> {
      const one = await store('1', [reference(BASE, 'layer', 100), reference(OWN, 'layer', 10)])
      const two = await store('2', [reference(BASE, 'layer', 100)])
      await catalog.blobs.put(BASE, 100, NOW)
      await catalog.blobs.put(OWN, 10, NOW)
      await point('one', undefined, one)
      await point('two', undefined, two)
      return [one, two]
    }
  })
}

function manifest(text: string): StoredManifest {
  const bytes = Buffer.from(text)
  return { digest: digestOf(bytes), mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes }
}

function reference(digest: Digest, role: ManifestReference['role'], sizeBytes: number): ManifestReference {
  return { digest, role, sizeBytes, mediaType: 'application/octet-stream' }
}

function pointer(digest: Digest, checkedAt: number): TagPointer {
  return { digest, checkedAt, missingSince: undefined }
}
