import { describe, expect, test } from 'vitest'
import { coordinatorApiUrl } from '../../../src/runner/protocol/coordinator-url.ts'
import { startCoordinator } from '../../support/coordinator/a-runner.ts'
import { REGISTRATION_TOKEN } from '../../support/coordinator/runner-registry.ts'

describe('a registration token', () => {
  test('makes a runner, with what is said of it', async () => {
    await using runner = await startCoordinator()
    const made = await runner.registration.register({
      registrationToken: REGISTRATION_TOKEN,
      description: 'on host 1',
      tags: ['docker', 'linux'],
      runsUntagged: true,
      isLocked: false,
      maximumTimeoutMs: 3_600_000,
    })
    expect(made).toEqual({ id: 2, token: 's3cret-of-runner-2', expiresAt: undefined })
    expect(runner.server.runners.settingsOf(made.token)).toMatchObject({
      description: 'on host 1',
      tag_list: 'docker,linux',
      run_untagged: true,
      locked: false,
      maximum_timeout: 3600,
    })
    await runner.registration.unregister(made.token)
    expect(runner.server.runners.has(made.token)).toBe(false)
  })

  test('that is wrong, or switched off, is told with its status and without the token', async () => {
    await using runner = await startCoordinator()
    const register = (registrationToken: string) =>
      runner.registration.register({ registrationToken }).catch((error: unknown) => error)
    const wrong = await register('s3cret-of-nobody')
    expect(wrong).toMatchObject({ code: 'refused', status: 403 })
    expect(String(wrong)).toContain('403 Forbidden - Invalid token supplied')
    expect(String(wrong)).not.toContain('s3cret')
    runner.server.runners.isClosed = true
    expect(await register(REGISTRATION_TOKEN)).toMatchObject({ status: 410 })
  })

  test('is not used twice when the server is in trouble: it might make two', async () => {
    await using runner = await startCoordinator()
    runner.server.fault({ at: /runners/, answer: { status: 503 } })
    await expect(
      runner.registration.register({ registrationToken: REGISTRATION_TOKEN }),
    ).rejects.toMatchObject({ code: 'failed' })
    expect(runner.server.calls).toHaveLength(1)
  })
})

describe('a runner that was made in the user interface', () => {
  test('is verified, and left by this machine only', async () => {
    await using runner = await startCoordinator()
    const { registration, token, server } = runner
    expect(await registration.verify(token)).toEqual({ id: 1, token, expiresAt: undefined })
    await registration.unregister(token)
    expect(server.calls.at(-1)).toMatchObject({ method: 'DELETE', path: 'runners/managers' })
    expect(server.runners.has(token)).toBe(true)
    await registration.unregister(token)
  })

  test.each([
    ['whose token is wrong', 's3cret-of-nobody', 403],
    ['whose project is gone', undefined, 422],
  ])('%s', async (_name, other, status) => {
    await using runner = await startCoordinator()
    runner.server.runners.orphan(runner.token)
    await expect(runner.registration.verify(other ?? runner.token)).rejects.toMatchObject({
      code: 'refused',
      status,
    })
  })

  test.each([
    ['with the text 200', { 'content-type': 'application/json' }, '200'],
    ['with plain text', { 'content-type': 'text/plain' }, '200'],
    ['with nothing', {}, ''],
  ])('is verified by a server that answers %s', async (_name, headers, text) => {
    await using runner = await startCoordinator()
    runner.server.fault({ at: /verify/, answer: { status: 200, headers, body: Buffer.from(text) } })
    expect(await runner.registration.verify('s3cret-of-old')).toEqual({
      id: undefined,
      token: 's3cret-of-old',
      expiresAt: undefined,
    })
  })
})

test.each([
  ['https://gitlab.example', 'https://gitlab.example/api/v4/'],
  ['https://gitlab.example/', 'https://gitlab.example/api/v4/'],
  ['https://gitlab.example/ci', 'https://gitlab.example/api/v4/'],
  ['https://example.org/gitlab/', 'https://example.org/gitlab/api/v4/'],
])('the API of %s is at %s', (url, api) => {
  expect(coordinatorApiUrl(url).href).toBe(api)
})
