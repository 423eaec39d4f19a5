import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseRepository } from '../../src/oci/reference.ts'
import type { ListCatalog, ListKey, ListRoom } from '../../src/store/list-catalog.ts'

const KEY: ListKey = {
  scope: 'public',
  upstream: 'docker.io',
  repository: parseRepository('library/app'),
  subject: 'tags',
}

export interface OpenedLists {
  readonly lists: ListCatalog
  close(): Promise<void>
}

/** What every ListCatalog does. `open` makes a new and empty one that keeps this much. */
export function listsContract(name: string, open: (room: ListRoom) => Promise<OpenedLists>): void {
  describe(`${name} keeps the ListCatalog contract`, () => {
    let opened: OpenedLists
    let lists: ListCatalog

    beforeEach(async () => {
      opened = await open({ maxLists: 3, maxBytes: 100 })
      lists = opened.lists
    })

    afterEach(() => opened.close())

    const numbered = (number: number): ListKey => ({ ...KEY, subject: `sha256:${number}` })
    const present = async () => {
      const found = await Promise.all([0, 1, 2, 3, 4].map((number) => lists.find(numbered(number))))
      return found.flatMap((list, number) => (list === undefined ? [] : [number]))
    }

    test('lists come, are replaced and go', async () => {
      expect(await lists.find(KEY)).toBeUndefined()
      await lists.put(KEY, { body: '["ä"]', checkedAt: 1 })
      expect(await lists.find(KEY)).toEqual({ body: '["ä"]', checkedAt: 1 })
      await lists.put(KEY, { body: '[]', checkedAt: 2 })
      expect(await lists.find(KEY)).toEqual({ body: '[]', checkedAt: 2 })
      await lists.delete(KEY)
      await lists.delete(KEY)
      expect(await lists.find(KEY)).toBeUndefined()
    })

    test.each([
      ['scope', { ...KEY, scope: 'docker.io/acme' }],
      ['upstream', { ...KEY, upstream: 'ghcr.io' }],
      ['repository', { ...KEY, repository: parseRepository('library/other') }],
      ['subject', numbered(1)],
    ])('of another %s are others', async (_, other) => {
      await lists.put(KEY, { body: 'own', checkedAt: 1 })
      expect(await lists.find(other)).toBeUndefined()
      await lists.put(other, { body: 'other', checkedAt: 1 })
      await lists.delete(other)
      expect(await lists.find(KEY)).toEqual({ body: 'own', checkedAt: 1 })
    })

    test('those told longest ago go when there are too many', async () => {
      for (const number of [0, 1, 2])
        await lists.put(numbered(number), { body: '[]', checkedAt: 10 + number })
      await lists.put(numbered(0), { body: '[]', checkedAt: 20 })
      await lists.put(numbered(3), { body: '[]', checkedAt: 21 })
      expect(await present()).toEqual([0, 2, 3])
    })

    test('and when they are too long together', async () => {
      await lists.put(numbered(0), { body: 'x'.repeat(40), checkedAt: 1 })
      await lists.put(numbered(1), { body: 'x'.repeat(40), checkedAt: 2 })
      await lists.put(numbered(2), { body: 'ä'.repeat(30), checkedAt: 3 })
      expect(await present()).toEqual([1, 2])
    })

    test('one that is too long alone is not kept', async () => {
      await lists.put(numbered(0), { body: 'x'.repeat(101), checkedAt: 1 })
      expect(await present()).toEqual([])
    })
  })
}
