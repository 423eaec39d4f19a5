import { describe, expect, test } from 'vitest'
import { asksMirrorOnly, readTokenForm, readTokenQuery } from '../../src/auth/token-request.ts'

const MIRROR = 'repository:library/redis:pull'
const GROUP = 'repository:acme/dependency_proxy/containers/redis:pull'
const scope = (name: string) => ({ type: 'repository', name, actions: ['pull'] })

describe('what clients ask for', () => {
  test.each([
    {
      who: 'docker pull',
      query: `account=ci&scope=${MIRROR}&service=dependency_proxy`,
      scopes: [scope('library/redis')],
    },
    {
      who: 'docker login',
      query: 'account=ci&client_id=docker&offline_token=true&service=dependency_proxy',
      scopes: [],
    },
    {
      who: 'a client that was not told the service',
      query: `scope=${MIRROR}&service=`,
      scopes: [scope('library/redis')],
    },
    {
      who: 'containerd',
      query: `scope=${MIRROR}&scope=${GROUP}`,
      scopes: [scope('library/redis'), scope('acme/dependency_proxy/containers/redis')],
    },
  ])('$who', ({ query, scopes }) => {
    expect(readTokenQuery(new URLSearchParams(query))).toEqual({ request: { scopes, login: undefined } })
  })

  test('containerd, by POST', () => {
    const form = new URLSearchParams({
      grant_type: 'password',
      service: 'dependency_proxy',
      client_id: 'containerd-client',
      scope: MIRROR,
      username: 'gitlab-ci-token',
      password: 'secret',
    })
    expect(readTokenForm(form)).toEqual({
      request: {
        scopes: [scope('library/redis')],
        login: { username: 'gitlab-ci-token', password: 'secret' },
      },
    })
  })

  test('another service is not here', () => {
    expect(readTokenQuery(new URLSearchParams('service=container_registry'))).toMatchObject({
      error: 'invalid_request',
    })
  })

  test('refresh tokens are never given out, so none is taken', () => {
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' })
    expect(readTokenForm(form)).toMatchObject({ error: 'unsupported_grant_type' })
  })

  test.each([
    { what: 'the mirror door alone', names: ['library/redis', 'ghcr.io/acme/app'], want: true },
    { what: 'a group too', names: ['library/redis', 'acme/dependency_proxy/containers/redis'], want: false },
    { what: 'nothing, as docker login does', names: [], want: false },
  ])('whether they ask for $what', ({ names, want }) => {
    expect(asksMirrorOnly(names.map(scope))).toBe(want)
  })
})
