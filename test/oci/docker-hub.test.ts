import { describe, expect, test } from 'vitest'
import { hubRepository, isDockerHub, withHubName } from '../../src/oci/docker-hub.ts'
import { parseRepository } from '../../src/oci/reference.ts'

describe('the names of Docker Hub', () => {
  test.each([
    ['docker.io', true, 'docker.io'],
    ['index.docker.io', true, 'docker.io'],
    ['registry-1.docker.io', true, 'docker.io'],
    ['hub.docker.io', false, 'hub.docker.io'],
    ['docker.io:5000', false, 'docker.io:5000'],
    ['ghcr.io', false, 'ghcr.io'],
  ])('%s: %s, written %s', (host, isHub, name) => {
    expect(isDockerHub(host)).toBe(isHub)
    expect(withHubName(host)).toBe(name)
  })

  test.each([
    ['redis', 'library/redis'],
    ['library/redis', 'library/redis'],
    ['acme/web/app', 'acme/web/app'],
  ])('%s is %s there', (written, repository) => {
    expect(hubRepository(parseRepository(written))).toBe(repository)
  })

  test('a name that is too long with its first component is refused', () => {
    const longest = parseRepository('a'.repeat(255))
    expect(() => hubRepository(longest)).toThrow(/too long/)
  })
})
