import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OciError } from '../../src/oci/errors.ts'
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest, platformManifest } from '../../src/oci/manifest.ts'
import * as types from '../../src/oci/media-types.ts'
import { ociErrorCode, ociErrorOf } from './oci-error.ts'
import { DIGEST, DIGEST_512, OTHER_DIGEST } from './samples.ts'

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const ZSTD_LAYER = 'application/vnd.oci.image.layer.v1.tar+zstd'
const FOREIGN_LAYER = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'

const descriptor = (mediaType: string, more: object = {}) => ({ mediaType, digest: DIGEST, size: 7, ...more })
const config = descriptor(CONFIG_TYPE)
const layer = descriptor(ZSTD_LAYER, { digest: OTHER_DIGEST, size: 0 })
const image = { schemaVersion: 2, config, layers: [layer] }
const child = (platform?: object, more: object = {}) => descriptor(types.OCI_MANIFEST, { platform, ...more })
const index = { schemaVersion: 2, manifests: [child({ os: 'linux', architecture: 'amd64' })] }
const artifact = { mediaType: types.OCI_ARTIFACT_MANIFEST, artifactType: 'a/b', blobs: [layer] }

function read(document: unknown, mediaType?: string): Manifest {
  return parseManifest(Buffer.from(JSON.stringify(document)), mediaType)
}

describe('parseManifest reads', () => {
  test.each([types.OCI_MANIFEST, types.DOCKER_SCHEMA_2])('an image: %s', (mediaType) => {
    expect(read(image, mediaType)).toEqual({
      kind: 'image',
      mediaType,
      references: [
        { role: 'config', mediaType: CONFIG_TYPE, digest: DIGEST, sizeBytes: 7 },
        { role: 'layer', mediaType: ZSTD_LAYER, digest: OTHER_DIGEST, sizeBytes: 0 },
      ],
    })
  })

  test.each([types.OCI_INDEX, types.DOCKER_MANIFEST_LIST])('an index: %s', (mediaType) => {
    const arm = { os: 'linux', architecture: 'arm', variant: 'v7' }
    const manifests = [
      child({ ...arm, 'os.version': '1' }),
      descriptor(types.OCI_INDEX, { digest: DIGEST_512 }),
      child({ os: '', architecture: '' }),
    ]
    expect(read({ schemaVersion: 2, manifests }, mediaType)).toEqual({
      kind: 'index',
      mediaType,
      references: [
        { role: 'manifest', mediaType: types.OCI_MANIFEST, digest: DIGEST, sizeBytes: 7, platform: arm },
        { role: 'manifest', mediaType: types.OCI_INDEX, digest: DIGEST_512, sizeBytes: 7 },
        { role: 'manifest', mediaType: types.OCI_MANIFEST, digest: DIGEST, sizeBytes: 7 },
      ],
    })
  })

  test('an artifact', () => {
    expect(read(artifact, types.OCI_ARTIFACT_MANIFEST)).toEqual({
      kind: 'artifact',
      mediaType: types.OCI_ARTIFACT_MANIFEST,
      artifactType: 'a/b',
      references: [{ role: 'blob', mediaType: ZSTD_LAYER, digest: OTHER_DIGEST, sizeBytes: 0 }],
    })
    expect(read({ artifactType: 'a/b' }, types.OCI_ARTIFACT_MANIFEST).references).toEqual([])
  })

  test('subject and artifactType, apart from the references', () => {
    const subject = descriptor(types.OCI_MANIFEST, { digest: DIGEST_512 })
    const manifest = read({ ...image, subject, artifactType: 'application/x' }, types.OCI_MANIFEST)
    expect(manifest.subject).toEqual({ mediaType: types.OCI_MANIFEST, digest: DIGEST_512, sizeBytes: 7 })
    expect(manifest.artifactType).toBe('application/x')
    expect(manifest.references.map(({ digest }) => digest)).not.toContain(DIGEST_512)
  })

  test.each([
    { name: 'urls', given: { ...layer, urls: ['https://a.example/x'] }, foreign: true },
    { name: 'a foreign type', given: { ...layer, mediaType: FOREIGN_LAYER }, foreign: true },
    { name: 'no urls', given: { ...layer, urls: [] }, foreign: undefined },
    { name: 'nothing special', given: layer, foreign: undefined },
  ])('a layer with $name as foreign: $foreign', ({ given, foreign }) => {
    const [, reference] = read({ ...image, layers: [given] }, types.OCI_MANIFEST).references
    expect(reference).toMatchObject({ role: 'layer' })
    expect(reference?.foreign).toBe(foreign)
  })

  test.each([
    {
      name: 'header with parameters',
      document: image,
      header: `${types.OCI_MANIFEST}; x=y`,
      want: types.OCI_MANIFEST,
    },
    {
      name: 'no header, mediaType inside',
      document: { ...image, mediaType: types.DOCKER_SCHEMA_2 },
      header: undefined,
      want: types.DOCKER_SCHEMA_2,
    },
    {
      name: 'JSON, mediaType inside',
      document: artifact,
      header: 'application/json; charset=utf-8',
      want: types.OCI_ARTIFACT_MANIFEST,
    },
    {
      name: 'JSON, shape of an image',
      document: image,
      header: 'application/json',
      want: types.OCI_MANIFEST,
    },
    { name: 'no header, shape of an index', document: index, header: undefined, want: types.OCI_INDEX },
    { name: 'empty header', document: index, header: '', want: types.OCI_INDEX },
    {
      name: 'mediaType null',
      document: { ...image, mediaType: null },
      header: undefined,
      want: types.OCI_MANIFEST,
    },
    {
      name: 'header before body of one kind',
      document: { ...image, mediaType: types.DOCKER_SCHEMA_2 },
      header: types.OCI_MANIFEST,
      want: types.OCI_MANIFEST,
    },
    {
      name: 'null lists',
      document: { ...image, layers: null, manifests: null },
      header: types.OCI_MANIFEST,
      want: types.OCI_MANIFEST,
    },
    { name: 'no schemaVersion', document: { manifests: [] }, header: types.OCI_INDEX, want: types.OCI_INDEX },
  ])('the media type: $name', ({ document, header, want }) => {
    expect(read(document, header).mediaType).toBe(want)
  })
})

describe('parseManifest refuses', () => {
  const fsLayers = [{ blobSum: DIGEST }]
  test.each([
    { name: 'its header', document: image, header: types.DOCKER_SCHEMA_1 },
    {
      name: 'its signed header',
      document: { schemaVersion: 1, fsLayers },
      header: `${types.DOCKER_SCHEMA_1_SIGNED}; x=y`,
    },
    { name: 'its version', document: { schemaVersion: 1 }, header: 'application/json' },
    { name: 'its layers', document: { fsLayers }, header: undefined },
    { name: 'its type inside', document: { mediaType: types.DOCKER_SCHEMA_1 }, header: types.OCI_MANIFEST },
  ])('schema 1 by $name, saying what to do', ({ document, header }) => {
    const error = ociErrorOf(() => read(document, header))
    expect(error.code).toBe('MANIFEST_UNKNOWN')
    expect(error.message).toContain('push it again')
  })

  test.each([
    { name: 'a list', document: [], header: types.OCI_INDEX },
    { name: 'null', document: null, header: types.OCI_INDEX },
    { name: 'a string', document: 'x', header: types.OCI_INDEX },
    { name: 'another type', document: image, header: 'text/html' },
    { name: 'another type inside', document: { ...image, mediaType: 'a/b' }, header: undefined },
    { name: 'no shape', document: { schemaVersion: 2 }, header: 'application/json' },
    { name: 'another version', document: { ...image, schemaVersion: 3 }, header: types.OCI_MANIFEST },
    { name: 'a version in quotes', document: { ...image, schemaVersion: '2' }, header: types.OCI_MANIFEST },
    {
      name: 'a mediaType that is no string',
      document: { ...image, mediaType: 7 },
      header: types.OCI_MANIFEST,
    },
    {
      name: 'an artifactType that is no string',
      document: { ...image, artifactType: {} },
      header: types.OCI_MANIFEST,
    },
    { name: 'an image sent as index', document: image, header: types.OCI_INDEX },
    { name: 'an index sent as image', document: index, header: types.OCI_MANIFEST },
    {
      name: 'an index that calls itself image',
      document: { ...index, mediaType: types.OCI_MANIFEST },
      header: types.OCI_INDEX,
    },
    {
      name: 'an image that calls itself index',
      document: { ...image, mediaType: types.OCI_INDEX },
      header: types.OCI_MANIFEST,
    },
    {
      name: 'an image that calls itself Docker list',
      document: { ...image, mediaType: types.DOCKER_MANIFEST_LIST },
      header: types.OCI_MANIFEST,
    },
    { name: 'both shapes as image', document: { ...image, ...index }, header: types.OCI_MANIFEST },
    { name: 'both shapes as index', document: { ...image, ...index }, header: types.OCI_INDEX },
    { name: 'both shapes, empty', document: { manifests: [], layers: [] }, header: types.OCI_INDEX },
    { name: 'both shapes, no header', document: { ...image, ...index }, header: undefined },
    {
      name: 'both shapes, own type',
      document: { ...image, ...index, mediaType: types.OCI_MANIFEST },
      header: undefined,
    },
    { name: 'index and artifact', document: { ...index, blobs: [] }, header: types.OCI_INDEX },
    {
      name: 'artifact and image',
      document: { ...artifact, layers: [] },
      header: types.OCI_ARTIFACT_MANIFEST,
    },
    { name: 'no config', document: { layers: [] }, header: types.OCI_MANIFEST },
    { name: 'no layers', document: { config }, header: types.OCI_MANIFEST },
    { name: 'no manifests', document: { schemaVersion: 2 }, header: types.OCI_INDEX },
    { name: 'layers that are no list', document: { config, layers: {} }, header: types.OCI_MANIFEST },
    { name: 'blobs that are no list', document: { ...artifact, blobs: 'x' }, header: undefined },
    { name: 'a bad subject', document: { ...image, subject: {} }, header: types.OCI_MANIFEST },
  ])('$name', ({ document, header }) => {
    expect(ociErrorCode(() => read(document, header))).toBe('MANIFEST_INVALID')
  })

  test.each([
    { name: 'null', given: null },
    { name: 'a string', given: DIGEST },
    { name: 'no digest', given: { ...layer, digest: undefined } },
    { name: 'a digest of another algorithm', given: { ...layer, digest: 'md5:abc' } },
    { name: 'a digest that leads elsewhere', given: { ...layer, digest: 'sha256:../../etc/passwd' } },
    { name: 'no size', given: { ...layer, size: undefined } },
    { name: 'a negative size', given: { ...layer, size: -1 } },
    { name: 'a broken size', given: { ...layer, size: 0.5 } },
    { name: 'a size in quotes', given: { ...layer, size: '7' } },
    { name: 'a size beyond counting', given: { ...layer, size: 2 ** 53 } },
    { name: 'no mediaType', given: { ...layer, mediaType: undefined } },
    { name: 'an empty mediaType', given: { ...layer, mediaType: '' } },
    { name: 'a platform that is no object', given: { ...layer, platform: 'linux' } },
    { name: 'an os that is no string', given: { ...layer, platform: { os: 7, architecture: 'amd64' } } },
    { name: 'urls that are no list', given: { ...layer, urls: 'https://a.example' } },
    { name: 'urls that are no strings', given: { ...layer, urls: [7] } },
  ])('a descriptor that is or has $name, and says where', ({ given }) => {
    const error = ociErrorOf(() => read({ ...image, layers: [layer, given] }, types.OCI_MANIFEST))
    expect(error.code).toBe('MANIFEST_INVALID')
    expect(error.message).toContain('layers[1]')
  })

  test.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'a web page', bytes: Buffer.from('<html>') },
    { name: 'a broken end', bytes: Buffer.from(JSON.stringify(image).slice(0, -1)) },
    { name: 'a byte order mark', bytes: Buffer.from(`\ufeff${JSON.stringify(image)}`) },
    {
      name: 'bytes that are no UTF-8',
      bytes: Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    },
    { name: 'deep nesting', bytes: Buffer.from('['.repeat(1_000_000)) },
  ])('what is no JSON: $name', ({ bytes }) => {
    expect(ociErrorCode(() => parseManifest(bytes, types.OCI_MANIFEST))).toBe('MANIFEST_INVALID')
  })

  test('(d30) one byte more than the ceiling, and not the ceiling', () => {
    const text = JSON.stringify(image)
    const largest = Buffer.from(text.padEnd(MAX_MANIFEST_BYTES))
    expect(parseManifest(largest, types.OCI_MANIFEST).kind).toBe('image')
    const larger = Buffer.concat([largest, Buffer.from(' ')])
    expect(ociErrorCode(() => parseManifest(larger, types.OCI_MANIFEST))).toBe('MANIFEST_INVALID')
  })

  test('anything with an OciError only', () => {
    const value = fc.jsonValue()
    const document = fc.record(
      {
        schemaVersion: fc.oneof(fc.constant(2), value),
        mediaType: fc.oneof(fc.constantFrom(types.OCI_INDEX, types.OCI_MANIFEST), value),
        config: fc.oneof(fc.constant(config), value),
        layers: fc.oneof(fc.constant([layer]), fc.array(value)),
        manifests: fc.oneof(fc.constant(index.manifests), fc.array(value)),
        subject: fc.oneof(fc.constant(config), value),
      },
      { requiredKeys: [] },
    )
    const header = fc.constantFrom(undefined, 'application/json', types.OCI_INDEX, types.OCI_MANIFEST)
    fc.assert(
      fc.property(document, header, (given, mediaType) => {
        try {
          expect(['index', 'image']).toContain(read(given, mediaType).kind)
        } catch (error) {
          expect(error).toBeInstanceOf(OciError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('platformManifest', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' }
  const first = { digest: DIGEST }
  const second = { digest: OTHER_DIGEST }

  test.each([
    {
      name: 'the one',
      manifests: [child({ os: 'linux', architecture: 'arm64' }, second), child(amd64, first)],
      want: DIGEST,
    },
    { name: 'the first of two', manifests: [child(amd64, first), child(amd64, second)], want: DIGEST },
    {
      name: 'the one without variant',
      manifests: [child({ ...amd64, variant: 'v3' }, second), child(amd64, first)],
      want: DIGEST,
    },
    {
      name: 'a variant when there is no other',
      manifests: [child({ ...amd64, variant: 'v2' }, first)],
      want: DIGEST,
    },
    {
      name: 'no other system',
      manifests: [child({ os: 'windows', architecture: 'amd64' }, first)],
      want: undefined,
    },
    {
      name: 'no attestation',
      manifests: [child({ os: 'unknown', architecture: 'unknown' }, first)],
      want: undefined,
    },
    { name: 'none without platform', manifests: [child(undefined, first)], want: undefined },
    { name: 'no index', manifests: [descriptor(types.OCI_INDEX, { platform: amd64 })], want: undefined },
    { name: 'nothing of nothing', manifests: [], want: undefined },
  ])('chooses $name', ({ manifests, want }) => {
    expect(platformManifest(read({ manifests }, types.OCI_INDEX), amd64)?.digest).toBe(want)
  })

  test('chooses the variant asked for, and never an attestation', () => {
    const manifests = [
      child({ os: 'linux', architecture: 'arm', variant: 'v6' }, second),
      child({ os: 'linux', architecture: 'arm', variant: 'v7' }, first),
      child({ os: 'unknown', architecture: 'unknown' }, second),
    ]
    const list = read({ manifests }, types.DOCKER_MANIFEST_LIST)
    expect(platformManifest(list, { os: 'linux', architecture: 'arm', variant: 'v7' })?.digest).toBe(DIGEST)
    expect(platformManifest(list, { os: 'linux', architecture: 'arm', variant: 'v8' })).toBeUndefined()
    expect(platformManifest(list, { os: 'unknown', architecture: 'unknown' })).toBeUndefined()
  })

  test('of an image there is none', () => {
    expect(platformManifest(read(image, types.OCI_MANIFEST), amd64)).toBeUndefined()
  })
})
