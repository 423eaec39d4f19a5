import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { canonicalImageName, parseImageName } from '../../src/oci/image-name.ts'
import { isRepository, isTag, type Reference, type Repository, type Tag } from '../../src/oci/reference.ts'

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const separator = fc.constantFrom('.', '_', '__', '-', '---')
const component = fc
  .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 3 }))
  .map(([first, rest]) => first + rest.map(([between, part]) => between + part).join(''))
const repository = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/') as Repository)
const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/) as fc.Arbitrary<Tag>
const digest: fc.Arbitrary<Digest> = fc.uint8Array({ maxLength: 16 }).map((bytes) => digestOf(bytes))
const reference: fc.Arbitrary<Reference> = fc.oneof(
  tag.map((given) => ({ kind: 'tag', tag: given }) as const),
  digest.map((given) => ({ kind: 'digest', digest: given }) as const),
)
const registry = fc.constantFrom(
  'docker.io',
  'ghcr.io',
  'localhost',
  'localhost:5000',
  '[::1]:5000',
  'r.test:443',
)

test('an image that is written in its one spelling is read as what it is', () => {
  fc.assert(
    fc.property(registry, repository, reference, (host, name, wanted) => {
      expect(parseImageName(canonicalImageName(host, name, wanted))).toEqual({
        registry: host,
        repository: name,
        reference: wanted,
      })
    }),
  )
})

test('one character more that no name may have makes it none', () => {
  const strange = fc.constantFrom('A', ' ', '\n', '\0', '%', '\\', ':', '@', '?', '#', 'é', '..', '//')
  fc.assert(
    fc.property(repository, strange, fc.nat(), (name, piece, at) => {
      const cut = at % (name.length + 1)
      expect(isRepository(name.slice(0, cut) + piece + name.slice(cut))).toBe(false)
    }),
  )
})

test('a tag has at most 128 characters, and no name more than 255', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), (length) => {
      expect(isTag('a'.repeat(length))).toBe(length <= 128)
      expect(isRepository('a'.repeat(length))).toBe(length <= 255)
    }),
  )
})
