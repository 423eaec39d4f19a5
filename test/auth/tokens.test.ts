import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { openAccess } from './open-access.ts'

const MINUTE = 60_000

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token', () => {
  test('names a credential, and carries every claim', async () => {
    await using access = await openAccess()
    const { token, issuedAt, expiresAt } = await access.tokens.issue('abc')
    expect(await access.tokens.verify(token)).toBe('abc')
    const now = access.clock.now() / 1000
    expect(decodeJwt(token)).toEqual({
      iss: 'entrepot',
      sub: 'abc',
      aud: 'dependency_proxy',
      iat: now,
      nbf: now,
      exp: now + 15 * 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect({ issuedAt, expiresAt }).toEqual({ issuedAt: now * 1000, expiresAt: (now + 15 * 60) * 1000 })
  })

  test('that was verified once is known without its signature, until it ends', async () => {
    await using access = await openAccess()
    const { token } = await access.tokens.issue('abc')
    const restarted = await access.again()
    expect(restarted.tokens.peek(token)).toBeUndefined()
    await restarted.tokens.verify(token)
    expect(restarted.tokens.peek(token)).toBe('abc')
    access.clock.advance(15 * MINUTE)
    expect(restarted.tokens.peek(token)).toBeUndefined()
    expect(await restarted.tokens.verify(token)).toBeUndefined()
  })

  test('that was signed here is known without its signature, until it ends', async () => {
    await using access = await openAccess()
    const { token } = await access.tokens.issue('abc', access.clock.now() + MINUTE)
    expect(access.tokens.peek(token)).toBe('abc')
    access.clock.advance(MINUTE)
    expect(access.tokens.peek(token)).toBeUndefined()
    expect(await access.tokens.verify(token)).toBeUndefined()
  })

  test('that was verified opens nothing for one that only ends like it', async () => {
    await using access = await openAccess()
    const { token } = await access.tokens.issue('abc')
    const [head, , signature] = token.split('.')
    const forged = `${head}.${encode({ ...decodeJwt(token), sub: 'admin' })}.${signature}`
    expect(access.tokens.peek(forged)).toBeUndefined()
    expect(await access.tokens.verify(forged)).toBeUndefined()
    expect(access.tokens.peek(token)).toBe('abc')
  })

  test('ends no later than its credential', async () => {
    await using access = await openAccess()
    const { token } = await access.tokens.issue('abc', access.clock.now() + MINUTE)
    access.clock.advance(MINUTE - 1_000)
    expect(await access.tokens.verify(token)).toBe('abc')
    access.clock.advance(1_000)
    expect(await access.tokens.verify(token)).toBeUndefined()
  })

  test('is honoured after a restart, and after a rotation until it ends', async () => {
    await using access = await openAccess()
    const { token } = await access.tokens.issue('abc')
    const restarted = await access.again()
    expect(await restarted.tokens.verify(token)).toBe('abc')
    await access.keys.rotate()
    const rotated = await access.again()
    expect(await rotated.tokens.verify(token)).toBe('abc')
    expect(await rotated.tokens.verify((await access.tokens.issue('new')).token)).toBe('new')
    access.clock.advance(17 * MINUTE)
    expect(await (await access.again()).tokens.verify(token)).toBeUndefined()
  })

  test('of another server is none', async () => {
    await using access = await openAccess()
    await using elsewhere = await openAccess()
    const { token } = await elsewhere.tokens.issue('abc')
    expect(await access.tokens.verify(token)).toBeUndefined()
  })

  describe('that was made to deceive is none:', () => {
    const claims = (now: number) => ({
      iss: 'entrepot',
      sub: 'abc',
      aud: 'dependency_proxy',
      iat: now,
      nbf: now,
      exp: now + 900,
      jti: 'j',
    })

    test.each([
      { what: 'of another audience', change: { aud: 'registry' } },
      { what: 'of another issuer', change: { iss: 'gitlab' } },
      { what: 'from the future', change: { nbf: 4e9, iat: 4e9, exp: 4e9 + 900 } },
      { what: 'issued in the future, but valid from now', change: { iat: 4e9, exp: 4e9 + 900 } },
      { what: 'expired', change: { nbf: 1e9, iat: 1e9, exp: 1e9 + 900 } },
      { what: 'that never ends', change: { exp: undefined } },
      { what: 'for longer than ours last', change: { iat: 1e9, exp: 4e9 } },
      { what: 'without a subject', change: { sub: undefined } },
    ])('$what, though our own key signed it', async ({ change }) => {
      await using access = await openAccess()
      const { id, privateKey } = access.keys.current()
      const sign = (payload: object) =>
        new SignJWT({ ...payload }).setProtectedHeader({ alg: 'ES256', kid: id }).sign(privateKey)
      const honest = claims(access.clock.now() / 1000)
      expect(await access.tokens.verify(await sign(honest))).toBe('abc')
      const changed = JSON.parse(JSON.stringify({ ...honest, ...change })) as object
      expect(await access.tokens.verify(await sign(changed))).toBeUndefined()
    })

    test('signed by nobody (alg none)', async () => {
      await using access = await openAccess()
      const { id } = access.keys.current()
      const body = encode(claims(access.clock.now() / 1000))
      for (const alg of ['none', 'None', 'NONE']) {
        expect(await access.tokens.verify(`${encode({ alg, kid: id })}.${body}.`)).toBeUndefined()
      }
    })

    test('signed with our public key as a shared secret (HS256)', async () => {
      await using access = await openAccess()
      const { id } = access.keys.current()
      const key = access.keys.get(id)
      if (key === undefined) throw new Error('the key that signs verifies too')
      const pem = createPublicKey({ key: (await exportJWK(key)) as JsonWebKey, format: 'jwk' })
        .export({ type: 'spki', format: 'pem' })
        .toString()
      const signed = `${encode({ alg: 'HS256', kid: id })}.${encode(claims(access.clock.now() / 1000))}`
      const signature = createHmac('sha256', pem).update(signed).digest('base64url')
      expect(await access.tokens.verify(`${signed}.${signature}`)).toBeUndefined()
    })

    test('signed with a key that it brings along (jwk header)', async () => {
      await using access = await openAccess()
      const { id } = access.keys.current()
      const { privateKey, publicKey } = await generateKeyPair('ES256')
      const token = await new SignJWT(claims(access.clock.now() / 1000))
        .setProtectedHeader({ alg: 'ES256', kid: id, jwk: await exportJWK(publicKey) })
        .sign(privateKey)
      expect(await access.tokens.verify(token)).toBeUndefined()
    })

    test('changed in one place', async () => {
      await using access = await openAccess()
      const { token } = await access.tokens.issue('abc')
      const [head, , signature] = token.split('.')
      const other = encode({ ...decodeJwt(token), sub: 'someone-else' })
      expect(await access.tokens.verify(`${head}.${other}.${signature}`)).toBeUndefined()
      expect(await access.tokens.verify(`${head}.${other}.`)).toBeUndefined()
      expect(await access.tokens.verify('not.a.token')).toBeUndefined()
      expect(await access.tokens.verify('a'.repeat(100_000))).toBeUndefined()
    })
  })
})
