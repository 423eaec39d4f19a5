import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { algorithmOf, digestOf, hasherFor, hexOf, isDigest, parseDigest } from '../../src/oci/digest.ts'
import { ociErrorCode } from './oci-error.ts'

const HEX = 'a'.repeat(64)

describe('digest', () => {
  test.each([
    { name: 'sha256', text: `sha256:${HEX}` },
    { name: 'sha512', text: `sha512:${HEX}${HEX}` },
  ])('accepts $name', ({ text }) => {
    expect(parseDigest(text)).toBe(text)
  })

  test.each([
    { name: 'nothing', text: '' },
    { name: 'no algorithm', text: HEX },
    { name: 'another algorithm', text: `blake3:${HEX}` },
    { name: 'upper-case hex', text: `sha256:${HEX.toUpperCase()}` },
    { name: 'upper-case algorithm', text: `SHA256:${HEX}` },
    { name: 'short', text: `sha256:${HEX.slice(1)}` },
    { name: 'long', text: `sha256:${HEX}a` },
    { name: 'the other length', text: `sha512:${HEX}` },
    { name: 'a newline behind', text: `sha256:${HEX}\n` },
    { name: 'a path', text: `sha256:../../${HEX.slice(6)}` },
    { name: 'a space in front', text: ` sha256:${HEX}` },
  ])('refuses $name', ({ text }) => {
    expect(isDigest(text)).toBe(false)
    expect(ociErrorCode(() => parseDigest(text))).toBe('DIGEST_INVALID')
  })

  test('is computed, and taken apart again', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('sha256' as const, 'sha512' as const),
        (bytes, algorithm) => {
          const digest = digestOf(bytes, algorithm)
          expect(isDigest(digest)).toBe(true)
          expect(algorithmOf(digest)).toBe(algorithm)
          expect(hexOf(digest)).toBe(createHash(algorithm).update(bytes).digest('hex'))
          expect(hasherFor(digest).update(bytes).digest('hex')).toBe(hexOf(digest))
        },
      ),
    )
  })
})
