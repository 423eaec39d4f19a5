import { describe, expect, test } from 'vitest'
import { chooseWarmed } from '../../src/cache/warm-choice.ts'
import { digestOf } from '../../src/oci/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts'

const AMD64 = entry('amd64', { os: 'linux', architecture: 'amd64' })
const ARM64 = entry('arm64', { os: 'linux', architecture: 'arm64', variant: 'v8' })
const ATTESTATION = entry('attestation', { os: 'unknown', architecture: 'unknown' })
const INNER = { ...entry('inner'), mediaType: OCI_INDEX }
const NO_MANIFEST = { ...entry('text'), mediaType: 'text/plain' }
const LINUX_AMD64 = { os: 'linux', architecture: 'amd64' }
const LINUX_ARM64 = { os: 'linux', architecture: 'arm64' }
const LINUX_S390X = { os: 'linux', architecture: 's390x' }

function entry(content: string, platform?: object) {
  const digest = digestOf(Buffer.from(content))
  return { mediaType: OCI_MANIFEST, size: content.length, digest, ...(platform && { platform }) }
}

function index(...manifests: object[]) {
  return { bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })), mediaType: OCI_INDEX }
}

describe('of an index', () => {
  test('only the wanted platforms are taken', () => {
    const choice = chooseWarmed(index(AMD64, ARM64, ATTESTATION), [LINUX_ARM64], 0)
    expect(choice).toEqual({ manifests: [ARM64.digest], blobs: [], missingPlatforms: [] })
  })

  test('a platform that it lacks is told', () => {
    const choice = chooseWarmed(index(AMD64), [LINUX_S390X, LINUX_AMD64], 0)
    expect(choice).toEqual({ manifests: [AMD64.digest], blobs: [], missingPlatforms: ['linux/s390x'] })
  })

  test('all takes attestations too, each manifest once, and nothing that is no manifest', () => {
    const choice = chooseWarmed(index(AMD64, ARM64, AMD64, ATTESTATION, NO_MANIFEST), 'all', 0)
    expect(choice.manifests).toEqual([AMD64.digest, ARM64.digest, ATTESTATION.digest])
  })

  test('an inner index is looked into before a platform is called missing', () => {
    const choice = chooseWarmed(index(INNER), [LINUX_AMD64], 0)
    expect(choice).toEqual({ manifests: [INNER.digest], blobs: [], missingPlatforms: [] })
  })

  test('a chain of indexes ends', () => {
    expect(chooseWarmed(index(INNER), 'all', 3).manifests).toEqual([])
  })
})

test('of an image everything is taken but what other servers have', () => {
  const config = { ...entry('config'), mediaType: 'application/vnd.oci.image.config.v1+json' }
  const layer = { ...entry('layer'), mediaType: 'application/vnd.oci.image.layer.v1.tar' }
  const foreign = {
    ...layer,
    ...entry('foreign'),
    mediaType: layer.mediaType,
    urls: ['https://example.com/x'],
  }
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [layer, foreign] }))
  const { blobs, manifests } = chooseWarmed({ bytes, mediaType: OCI_MANIFEST }, [LINUX_S390X], 0)
  expect(blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes])).toEqual([
    [config.digest, 6],
    [layer.digest, 5],
  ])
  expect(manifests).toEqual([])
})
