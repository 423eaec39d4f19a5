import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptedManifest } from '../../src/oci/accept.ts'
import {
  DOCKER_MANIFEST_LIST,
  DOCKER_SCHEMA_2,
  MANIFEST_ACCEPT,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../src/oci/media-types.ts'

const AS_IS = 'as-is'
const PLATFORM = 'platform-manifest'

describe('acceptedManifest of an OCI index', () => {
  test.each([
    { name: 'no Accept', accept: undefined, want: AS_IS },
    { name: 'an empty Accept', accept: '  ', want: AS_IS },
    { name: 'anything', accept: '*/*', want: AS_IS },
    { name: 'anything, weighed', accept: 'text/html, */*;q=0.1', want: AS_IS },
    { name: 'any application type', accept: 'application/*', want: AS_IS },
    { name: 'the whole list', accept: MANIFEST_ACCEPT, want: AS_IS },
    { name: 'the index', accept: OCI_INDEX, want: AS_IS },
    { name: 'the index in upper case', accept: OCI_INDEX.toUpperCase(), want: AS_IS },
    { name: 'the index with parameters', accept: `${OCI_INDEX} ; charset=utf-8;q=0.5`, want: AS_IS },
    { name: 'another index type', accept: `${DOCKER_SCHEMA_2},${DOCKER_MANIFEST_LIST}`, want: AS_IS },
    { name: 'no index', accept: `${OCI_MANIFEST}, ${DOCKER_SCHEMA_2}`, want: PLATFORM },
    { name: 'plain JSON', accept: 'application/json', want: PLATFORM },
    { name: 'the index with weight 0', accept: `${OCI_INDEX};q=0`, want: PLATFORM },
    { name: 'weight 0.000', accept: `${OCI_INDEX}; Q=0.000`, want: PLATFORM },
    { name: 'weight 0.001', accept: `${OCI_INDEX}; q=0.001`, want: AS_IS },
    { name: 'everything but the index', accept: `*/*, ${OCI_INDEX};q=0`, want: PLATFORM },
    { name: 'nothing but the index', accept: `*/*;q=0, ${OCI_INDEX}`, want: AS_IS },
    { name: 'application types refused, all else taken', accept: 'application/*;q=0, */*', want: PLATFORM },
    { name: 'the other index only with weight 0', accept: `${DOCKER_MANIFEST_LIST};q=0`, want: PLATFORM },
    { name: 'the index twice, once refused', accept: `${OCI_INDEX};q=0;v=1, ${OCI_INDEX}`, want: AS_IS },
    { name: 'a comma in quotes', accept: `${OCI_MANIFEST};a="x, ${OCI_INDEX}"`, want: PLATFORM },
    { name: 'an escaped quote', accept: `${OCI_MANIFEST};a="\\", ${OCI_INDEX}", */*`, want: AS_IS },
    { name: 'empty members', accept: `,, ,${OCI_MANIFEST},`, want: PLATFORM },
  ])('$name: $want', ({ accept, want }) => {
    expect(acceptedManifest(accept, OCI_INDEX, 'index')).toBe(want)
  })

  test('of a manifest every client gets what is there', () => {
    expect(acceptedManifest('text/plain', OCI_MANIFEST, 'image')).toBe(AS_IS)
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'"\\,;=*/q0 a') }), (accept) => {
        expect([AS_IS, PLATFORM]).toContain(acceptedManifest(accept, OCI_INDEX, 'index'))
      }),
    )
  })
})
