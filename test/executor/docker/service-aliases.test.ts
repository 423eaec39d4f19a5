import { describe, expect, test } from 'vitest'
import { serviceName, shareAliases } from '../../../src/executor/docker/service-aliases.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

describe('the host names of a service', () => {
  test.each([
    ['service', 'service', 'latest', ['service']],
    ['service:v', 'service', 'v', ['service']],
    ['namespace/service', 'namespace/service', 'latest', ['namespace__service', 'namespace-service']],
    [
      'domain.tld/namespace/service:v',
      'domain.tld/namespace/service',
      'v',
      ['domain.tld__namespace__service', 'domain.tld-namespace-service'],
    ],
    [
      'domain.tld:8080/namespace/service:v',
      'domain.tld/namespace/service',
      'v',
      ['domain.tld__namespace__service', 'domain.tld-namespace-service'],
    ],
    [
      'domain.tld:8080/service',
      'domain.tld/service',
      'latest',
      ['domain.tld__service', 'domain.tld-service'],
    ],
    [`ns/svc@${DIGEST}`, 'ns/svc', `@${DIGEST}`, ['ns__svc', 'ns-svc']],
    [`ns/svc:1@${DIGEST}`, 'ns/svc', `@${DIGEST}`, ['ns__svc', 'ns-svc']],
  ])('%s', (image, service, version, aliases) => {
    expect(serviceName(image, undefined)).toEqual({ service, version, aliases })
  })

  test.each([
    ['db', ['postgres', 'db']],
    ['db, cache main', ['postgres', 'db', 'cache', 'main']],
    ['postgres', ['postgres']],
    [' , ', ['postgres']],
  ])('with the alias "%s"', (alias, aliases) => {
    expect(serviceName('postgres:15', alias).aliases).toEqual(aliases)
  })
})

test('the first of two services keeps the name that both have', () => {
  const services = [
    { image: 'alpine:3.14.1', aliases: ['alpine', 'one'] },
    { image: 'alpine:3.14.2', aliases: ['alpine', 'two'] },
    { image: 'alpine:3.14.3', aliases: ['alpine'] },
  ]
  expect(shareAliases(services)).toEqual({
    aliases: [['alpine', 'one'], ['two'], []],
    warnings: [
      'Skipping alias "alpine" for service "alpine:3.14.2" (services[1]): alias is already in use by another service.',
      'Skipping alias "alpine" for service "alpine:3.14.3" (services[2]): alias is already in use by another service.',
    ],
  })
})
