import { describe, expect, test } from 'vitest'
import { type RoutingTable, routeImage } from '../../../src/executor/proxy/route-image.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const ENGINE = '127.0.0.1:5000'
const PREFIX = `${ENGINE}/acme/web/dependency_proxy/containers`

const TABLE: RoutingTable = {
  addresses: {
    engine: ENGINE,
    job: '172.17.0.1:5001',
    isJobSecure: false,
    api: ['cache.example:443', 'localhost:5000'],
  },
  group: 'acme/web',
  registries: [
    { name: 'docker.io', alias: null },
    { name: 'ghcr.io', alias: null },
    { name: 'registry.example:5000', alias: 'ours' },
    { name: 'plain.example:5000', alias: null },
  ],
}

describe('a name as it stands in a pipeline', () => {
  test.each([
    ['postgres:12.2', 'postgres:12.2', 'docker.io/library/postgres:12.2'],
    ['postgres', 'postgres:latest', 'docker.io/library/postgres:latest'],
    ['library/postgres:15', 'library/postgres:15', 'docker.io/library/postgres:15'],
    ['acme/app:1', 'acme/app:1', 'docker.io/acme/app:1'],
    ['docker.io/postgres:15', 'postgres:15', 'docker.io/library/postgres:15'],
    ['index.docker.io/library/postgres:15', 'library/postgres:15', 'docker.io/library/postgres:15'],
    [`postgres@${DIGEST}`, `postgres@${DIGEST}`, `docker.io/library/postgres@${DIGEST}`],
    [`postgres:15@${DIGEST}`, `postgres@${DIGEST}`, `docker.io/library/postgres@${DIGEST}`],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app:latest', 'ghcr.io/acme/app:latest'],
    ['GHCR.io/acme/app:1', 'ghcr.io/acme/app:1', 'ghcr.io/acme/app:1'],
    ['registry.example:5000/team/app:1', 'ours/team/app:1', 'registry.example:5000/team/app:1'],
    ['ours/app:1', 'docker.io/ours/app:1', 'docker.io/ours/app:1'],
  ])('%s', (image, path, canonical) => {
    expect(routeImage(image, TABLE)).toEqual({ reference: `${PREFIX}/${path}`, canonical })
  })
})

describe('a name under an address of the proxy is pulled at the address of the engine', () => {
  test.each([
    [
      `172.17.0.1:5001/acme/dependency_proxy/containers/redis:7`,
      'acme/dependency_proxy/containers/redis:7',
      'docker.io/library/redis:7',
    ],
    [
      `cache.example:443/acme/web/dependency_proxy/containers/ghcr.io/x/y:1`,
      'acme/web/dependency_proxy/containers/ghcr.io/x/y:1',
      'ghcr.io/x/y:1',
    ],
    [
      `Cache.Example:443/acme/dependency_proxy/containers/ours/y:1`,
      'acme/dependency_proxy/containers/ours/y:1',
      'registry.example:5000/y:1',
    ],
    [
      `localhost:5000/library/redis@${DIGEST}`,
      `library/redis@${DIGEST}`,
      `docker.io/library/redis@${DIGEST}`,
    ],
    [`${ENGINE}/redis`, 'redis:latest', 'docker.io/library/redis:latest'],
  ])('%s', (image, path, canonical) => {
    expect(routeImage(image, TABLE)).toEqual({ reference: `${ENGINE}/${path}`, canonical })
  })
})

describe('what is pulled where it says', () => {
  test.each([
    'quay.io/acme/app:1',
    'cache.example:444/acme/app',
    'plain.example:5000/app:1',
    DIGEST,
    'ab'.repeat(32),
    'no name at all',
    'UPPER/case',
    '',
  ])('%j', (image) => {
    expect(routeImage(image, TABLE)).toBeUndefined()
  })
})
