import { describe, expect, test } from 'vitest'
import * as types from '../../src/oci/media-types.ts'

const KNOWN = [
  { type: types.OCI_INDEX, kind: 'index', schema1: false },
  { type: types.DOCKER_MANIFEST_LIST, kind: 'index', schema1: false },
  { type: types.OCI_MANIFEST, kind: 'image', schema1: false },
  { type: types.DOCKER_SCHEMA_2, kind: 'image', schema1: false },
  { type: types.OCI_ARTIFACT_MANIFEST, kind: 'artifact', schema1: false },
  { type: types.DOCKER_SCHEMA_1, kind: undefined, schema1: true },
  { type: types.DOCKER_SCHEMA_1_SIGNED, kind: undefined, schema1: true },
  { type: 'application/vnd.oci.image.config.v1+json', kind: undefined, schema1: false },
  { type: '', kind: undefined, schema1: false },
]

describe('media types', () => {
  test.each(KNOWN)('$type is of kind $kind', ({ type, kind, schema1 }) => {
    expect(types.manifestKindOf(type)).toBe(kind)
    expect(types.isIndexMediaType(type)).toBe(kind === 'index')
    expect(types.isManifestMediaType(type)).toBe(kind === 'image' || kind === 'artifact')
    expect(types.isSchema1MediaType(type)).toBe(schema1)
  })

  test('upstreams are asked for every kind that is read, and for nothing else', () => {
    const readable = KNOWN.filter(({ kind }) => kind !== undefined).map(({ type }) => type)
    expect(types.MANIFEST_ACCEPT.split(', ').sort()).toEqual(readable.sort())
  })

  test.each([
    { header: undefined, bare: '' },
    { header: '', bare: '' },
    { header: ' Application/JSON ', bare: 'application/json' },
    { header: 'application/json; charset=utf-8', bare: 'application/json' },
    { header: 'application/json;a="b;c"', bare: 'application/json' },
    { header: ';', bare: '' },
  ])('of $header the bare type is "$bare"', ({ header, bare }) => {
    expect(types.bareMediaType(header)).toBe(bare)
  })

  test.each([
    { type: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', foreign: true },
    { type: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', foreign: true },
    { type: 'application/vnd.oci.image.layer.v1.tar+gzip', foreign: false },
    { type: 'application/vnd.docker.image.rootfs.diff.tar.gzip', foreign: false },
  ])('$type foreign: $foreign', ({ type, foreign }) => {
    expect(types.isForeignLayerMediaType(type)).toBe(foreign)
  })
})
