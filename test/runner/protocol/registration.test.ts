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

describe('a token is renewed', () => {
  test('and the old one is none any more', async () => {
    await using runner = await startCoordinator()
    const { registration, token, server } = runner
    server.runners.tokenExpiresAt = '2026-02-01T00:00:00.000Z'
    const renewed = await registration.resetToken(token)
    expect(renewed).toEqual({
      token: `${token}-renewed`,
      expiresAt: Date.parse('2026-02-01T00:00:00.000Z'),
    })
    expect(server.calls.at(-1)).toMatchObject({
      method: 'POST',
      path: 'runners/reset_authentication_token',
      json: { token },
    })
    await expect(registration.verify(token)).rejects.toMatchObject({ status: 403 })
    expect(await registration.verify(renewed.token)).toMatchObject({ id: 1, expiresAt: renewed.expiresAt })
  })

  test('for ever, where the server says no end', async () => {
    await using runner = await startCoordinator()
    expect(await runner.registration.resetToken(runner.token)).toMatchObject({ expiresAt: undefined })
  })

  test.each([
    ['of a token that is none', 'gitlab', 'refused', 403],
    ['of AlloyCI, which does not do it', 'alloy', 'refused', 404],
  ] as const)('not %s: the refusal is told without the token', async (_name, dialect, code, status) => {
    await using runner = await startCoordinator({ dialect })
    const error = await runner.registration.resetToken('s3cret-of-nobody').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, status })
    expect(String(error)).not.toContain('s3cret')
  })

  test('once: whether it was done is not known when the answer is lost', async () => {
    await using runner = await startCoordinator()
    runner.server.fault({ at: /reset/, answer: 'disconnect' })
    await expect(runner.registration.resetToken(runner.token)).rejects.toMatchObject({ code: 'unreachable' })
    expect(runner.server.calls).toHaveLength(1)
  })
})
