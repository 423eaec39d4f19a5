import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import type { StoredCredential, StoredGroup, StoredSigningKey } from '../../src/store/access-catalog.ts'
import type { Catalog } from '../../src/store/catalog.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const ACME = parseGroupPath('acme')
const WEB = parseGroupPath('acme/web')

function credential(id: string, change: Partial<StoredCredential> = {}): StoredCredential {
  return {
    id,
    kind: 'token',
    name: `token ${id}`,
    role: 'pull',
    groups: [ACME, WEB],
    repositories: ['docker.io/library/**'],
    createdAt: NOW,
    expiresAt: undefined,
    revokedAt: undefined,
    mintedBy: undefined,
    secretHash: Buffer.from(`hash of ${id}`),
    ...change,
  }
}

function group(path: StoredGroup['path'], change: Partial<StoredGroup> = {}): StoredGroup {
  return { path, repositories: undefined, anonymousNetworks: undefined, createdAt: NOW, ...change }
}

function key(id: string, createdAt: number): StoredSigningKey {
  return { id, jwk: `{"kid":"${id}"}`, createdAt, retiredAt: undefined }
}

/** What every Catalog does about who may come in. `open` makes a new and empty one. */
export function accessContract(name: string, open: () => Promise<Catalog>): void {
  describe(`${name} keeps the access contract`, () => {
    let catalog: Catalog

    beforeEach(async () => {
      catalog = await open()
    })

    afterEach(() => catalog.close())

    const ids = async (): Promise<string[]> =>
      (await catalog.credentials.list(undefined, 100)).map(({ id }) => id)

    describe('credentials', () => {
      test('are given back exactly, page by page', async () => {
        const ends = credential('b', { kind: 'job', role: 'runner', expiresAt: NOW + 1, mintedBy: 'a' })
        await catalog.credentials.add(ends)
        await catalog.credentials.add(credential('a'))
        expect(await catalog.credentials.list(undefined, 1)).toEqual([credential('a')])
        expect(await catalog.credentials.list('a', 10)).toEqual([ends])
        expect(await catalog.credentials.list('b', 10)).toEqual([])
      })

      test('have ids of their own', async () => {
        await catalog.credentials.add(credential('a'))
        await expect(catalog.credentials.add(credential('a', { name: 'other' }))).rejects.toThrow()
        expect(await catalog.credentials.list(undefined, 10)).toEqual([credential('a')])
      })

      test('can have another secret, unless they were revoked', async () => {
        await catalog.credentials.add(credential('a'))
        const secretHash = Buffer.from('another')
        expect(await catalog.credentials.rotate('a', secretHash)).toBe(true)
        expect(await catalog.credentials.list(undefined, 10)).toEqual([credential('a', { secretHash })])
        await catalog.credentials.revoke('a', NOW)
        expect(await catalog.credentials.rotate('a', Buffer.from('a third'))).toBe(false)
        expect(await catalog.credentials.rotate('none', secretHash)).toBe(false)
      })

      test('are revoked once, together with what was minted with them', async () => {
        await catalog.credentials.add(credential('a'))
        await catalog.credentials.add(credential('b', { mintedBy: 'a' }))
        await catalog.credentials.add(credential('c', { mintedBy: 'a', revokedAt: NOW - 5 }))
        await catalog.credentials.add(credential('d'))
        expect([...(await catalog.credentials.revoke('a', NOW))].sort()).toEqual(['a', 'b'])
        expect(await catalog.credentials.revoke('a', NOW + 5)).toEqual([])
        const revoked = (await catalog.credentials.list(undefined, 10)).map(({ id, revokedAt }) => [
          id,
          revokedAt,
        ])
        expect(revoked).toEqual([
          ['a', NOW],
          ['b', NOW],
          ['c', NOW - 5],
          ['d', undefined],
        ])
      })

      test('are forgotten when they ended long enough ago, a bounded part at a time', async () => {
        await catalog.credentials.add(credential('expired', { expiresAt: NOW - 10 }))
        await catalog.credentials.add(credential('ends', { expiresAt: NOW + 10 }))
        await catalog.credentials.add(credential('lasts'))
        await catalog.credentials.add(credential('revoked', { expiresAt: NOW + 10, revokedAt: NOW - 20 }))
        expect(await catalog.credentials.prune(NOW, 1)).toBe(1)
        expect(await ids()).toEqual(['ends', 'expired', 'lasts'])
        expect(await catalog.credentials.prune(NOW, 10)).toBe(1)
        expect(await catalog.credentials.prune(NOW, 10)).toBe(0)
        expect(await ids()).toEqual(['ends', 'lasts'])
      })
    })

    describe('groups', () => {
      test('are declared once, and listed by path', async () => {
        const web = group(WEB, { repositories: [], anonymousNetworks: ['10.0.0.0/8'] })
        expect(await catalog.groups.add(web)).toBe(true)
        expect(await catalog.groups.add(group(ACME))).toBe(true)
        expect(await catalog.groups.add(group(ACME, { repositories: ['ghcr.io/**'] }))).toBe(false)
        expect(await catalog.groups.list()).toEqual([group(ACME), web])
      })

      test('are taken away by their path alone', async () => {
        await catalog.groups.add(group(ACME))
        await catalog.groups.add(group(WEB))
        expect(await catalog.groups.delete(ACME)).toBe(true)
        expect(await catalog.groups.delete(ACME)).toBe(false)
        expect(await catalog.groups.list()).toEqual([group(WEB)])
      })
    })

    test('the key of logins is made once', async () => {
      const fresh = Buffer.alloc(32, 1)
      expect((await catalog.loginKey.loadOr(fresh)).equals(fresh)).toBe(true)
      expect((await catalog.loginKey.loadOr(Buffer.alloc(32, 2))).equals(fresh)).toBe(true)
    })

    describe('signing keys', () => {
      test('the newest signs, the others are retired once', async () => {
        await catalog.signingKeys.add(key('one', NOW))
        await catalog.signingKeys.add(key('two', NOW + 1))
        await catalog.signingKeys.add(key('three', NOW + 2))
        expect(await catalog.signingKeys.list()).toEqual([
          key('three', NOW + 2),
          { ...key('two', NOW + 1), retiredAt: NOW + 2 },
          { ...key('one', NOW), retiredAt: NOW + 1 },
        ])
        await catalog.signingKeys.delete('one')
        expect((await catalog.signingKeys.list()).map(({ id }) => id)).toEqual(['three', 'two'])
      })
    })
  })
}
