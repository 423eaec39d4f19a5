import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashSecret, isSecretOf, mintSecret, readSecret } from '../../src/auth/secret.ts'

describe('a secret', () => {
  test.each([
    { kind: 'token', shape: /^ept_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}$/ },
    { kind: 'job', shape: /^epj_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}$/ },
  ] as const)('of a $kind says of itself what it is, and which', ({ kind, shape }) => {
    const minted = mintSecret(kind, randomBytes)
    expect(minted.secret).toMatch(shape)
    expect(readSecret(minted.secret)).toEqual({ kind, id: minted.id })
  })

  test('is known again by its hash, and no other is', () => {
    const one = mintSecret('token', randomBytes)
    const other = mintSecret('token', randomBytes)
    expect(isSecretOf(one.hash, one.secret)).toBe(true)
    expect(isSecretOf(one.hash, other.secret)).toBe(false)
    expect(one.hash).toEqual(hashSecret(one.secret))
    expect(one.hash.toString('latin1')).not.toContain(one.secret.slice(-36))
  })

  test('that was mistyped in one place is no secret', () => {
    const { secret } = mintSecret('job', randomBytes)
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.constantFrom(...'aZ09_x'), (at, letter) => {
        fc.pre(secret[at] !== letter)
        expect(readSecret(secret.slice(0, at) + letter + secret.slice(at + 1))).toBeUndefined()
      }),
    )
  })

  test.each([
    '',
    'ept_',
    'ept_a_b',
    'hunter2',
    'ghp_0123456789abcdef',
    `ept_${'a'.repeat(12)}_${'b'.repeat(36)}`,
  ])('"%s" is none', (text) => {
    expect(readSecret(text)).toBeUndefined()
  })

  test('uses every letter as often as the others, whatever bytes it is made of', () => {
    // Bytes above the last whole alphabet are left out: 248 to 255 must not come back as the first letters.
    const rounds = [Buffer.alloc(12, 255), Buffer.alloc(12, 61), Buffer.alloc(30, 250), Buffer.alloc(30, 0)]
    const { secret } = mintSecret('token', () => rounds.shift() ?? Buffer.alloc(30, 0))
    expect(secret.slice(0, -6)).toBe(`ept_${'z'.repeat(12)}_${'0'.repeat(30)}`)
  })
})
