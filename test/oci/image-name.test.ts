import { describe, expect, test } from 'vitest'
import { canonicalImageName, parseImageName } from '../../src/oci/image-name.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { ociErrorCode } from './oci-error.ts'
import { DIGEST } from './samples.ts'

describe('image name', () => {
  const cases: [text: string, registry: string | undefined, repository: string, reference: string][] = [
    ['redis', undefined, 'redis', 'latest'],
    ['redis:7', undefined, 'redis', '7'],
    ['library/redis:7', undefined, 'library/redis', '7'],
    ['ghcr.io/x/y', 'ghcr.io', 'x/y', 'latest'],
    ['GHCR.io/x/y:1', 'ghcr.io', 'x/y', '1'],
    [`ghcr.io/x/y@${DIGEST}`, 'ghcr.io', 'x/y', DIGEST],
    [`redis:7@${DIGEST}`, undefined, 'redis', DIGEST],
    ['localhost/app:1', 'localhost', 'app', '1'],
    ['localhost:5000/app', 'localhost:5000', 'app', 'latest'],
    ['registry:5000/team/app:1', 'registry:5000', 'team/app', '1'],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1'],
    ['ours/team/app:1', undefined, 'ours/team/app', '1'],
  ]
  test.each(cases)('%s', (text, registry, repository, reference) => {
    const name = parseImageName(text)
    expect(name.registry).toBe(registry)
    expect(name.repository).toBe(repository)
    expect(formatReference(name.reference)).toBe(reference)
  })

  const refused: [text: string, code: string][] = [
    ['', 'NAME_INVALID'],
    ['Redis', 'NAME_INVALID'],
    ['redis:', 'TAG_INVALID'],
    ['redis:a b', 'TAG_INVALID'],
    ['redis@7', 'DIGEST_INVALID'],
    ['redis@sha256:abc', 'DIGEST_INVALID'],
    ['ghcr.io/', 'NAME_INVALID'],
    ['https://ghcr.io/x/y', 'NAME_INVALID'],
    ['ghcr.io:99999/x', 'NAME_INVALID'],
  ]
  test.each(refused)('refuses %j', (text, code) => {
    expect(ociErrorCode(() => parseImageName(text))).toBe(code)
  })

  test('has one canonical spelling', () => {
    const { repository, reference } = parseImageName('library/redis:7')
    expect(canonicalImageName('docker.io', repository, reference)).toBe('docker.io/library/redis:7')
  })
})
