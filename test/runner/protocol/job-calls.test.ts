import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CoordinatorError } from '../../../src/runner/protocol/coordinator-error.ts'
import { startCoordinator } from '../../support/coordinator/a-runner.ts'
import type { Coordinator } from '../../support/coordinator/coordinator.ts'
import { testCertificate } from '../../support/tls/certificate.ts'

const never = new AbortController().signal

/** A job that this runner has, and said so. */
async function takeJob({ server, jobs, token }: Awaited<ReturnType<typeof startCoordinator>>) {
  const job = server.addJob()
  await jobs.requestJob(token, undefined, never)
  await jobs.updateJob(job, { state: 'running' })
  return job
}

describe('asking for a job', () => {
  test('brings one, or what to send the next time', async () => {
    await using runner = await startCoordinator()
    const { server, jobs, token } = runner
    const first = await jobs.requestJob(token, undefined, never)
    expect(first).toEqual({ kind: 'none', lastUpdate: 'v1' })
    const held = jobs.requestJob(token, 'v1', never)
    await server.until(() => server.queue.waitingCount === 1)
    const job = server.addJob()
    expect(await held).toEqual({ kind: 'job', payload: job.payload })
  })

  test('can be ended while the server holds it', async () => {
    await using runner = await startCoordinator()
    const { server, jobs, token } = runner
    const drain = new AbortController()
    const held = jobs.requestJob(token, 'v1', drain.signal)
    await server.until(() => server.queue.waitingCount === 1)
    drain.abort(new Error('enough'))
    await expect(held).rejects.toThrow('enough')
  })

  test('says who asks, and nothing that it cannot do', async () => {
    await using runner = await startCoordinator()
    await runner.jobs.requestJob(runner.token, undefined, never)
    const [call] = runner.server.callsTo(/jobs\/request/)
    expect(call?.headers).toMatchObject({
      'user-agent': 'gitlab-runner 19.4.0 (entrepot 0.0.0-test; linux/amd64)',
      'runner-token': runner.token,
      accept: 'application/json',
    })
    expect(call?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(call?.json).toMatchObject({
      system_id: 's_0123456789ab',
      info: { name: 'gitlab-runner', executor: 'docker', features: { two_phase_job_commit: true } },
    })
    expect(JSON.stringify(call?.json)).not.toContain('vault_secrets')
  })

  test('of AlloyCI brings no last update', async () => {
    await using runner = await startCoordinator({ dialect: 'alloy' })
    expect(await runner.jobs.requestJob(runner.token, undefined, never)).toEqual({
      kind: 'none',
      lastUpdate: undefined,
    })
  })

  test.each([
    ['another runner got it', 409, { kind: 'conflict' }],
    ['the server has enough of us', 429, { code: 'failed', status: 429, retryAfterMs: 7000 }],
    ['the server is down for maintenance', 503, { code: 'failed', status: 503, retryAfterMs: 7000 }],
    ['there is no such API', 404, { code: 'refused', status: 404, retryAfterMs: 7000 }],
  ])('when %s: asked once', async (_name, status, want) => {
    await using runner = await startCoordinator()
    runner.server.fault({ at: /jobs\/request/, answer: { status, headers: { 'retry-after': '7' } } })
    const outcome = await runner.jobs
      .requestJob(runner.token, undefined, never)
      .catch((error: unknown) => error)
    expect(outcome).toMatchObject(want)
    expect(runner.server.calls).toHaveLength(1)
  })

  test.each(['gitlab', 'alloy'] as const)('with a wrong token is refused by %s', async (dialect) => {
    await using runner = await startCoordinator({ dialect })
    const failed = runner.jobs.requestJob('s3cret-of-nobody', undefined, never)
    const error = await failed.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'refused', status: dialect === 'alloy' ? 401 : 403 })
    expect(String(error)).not.toContain('s3cret')
  })

  test('whose answer is no JSON tells nothing of it', async () => {
    await using runner = await startCoordinator()
    const body = Buffer.from('{"token": s3cret-of-a-job')
    runner.server.fault({ at: /jobs\/request/, answer: { status: 201, body } })
    const error = await runner.jobs
      .requestJob(runner.token, undefined, never)
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CoordinatorError)
    expect(error).toMatchObject({ code: 'invalid' })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).not.toContain('s3cret')
  })
})

test.each([
  ['is trusted when its certificate is named', (cert: string) => cert, { kind: 'none' }],
  ['is not asked when it is not', () => undefined, { code: 'unreachable' }],
])('a server over TLS %s', async (_name, caOf, want) => {
  const tls = testCertificate()
  const ca = caOf(tls.cert)
  await using runner = await startCoordinator({ tls, ...(ca !== undefined && { ca }) })
  const asked = runner.jobs.requestJob(runner.token, undefined, never).catch((error: unknown) => error)
  expect(await asked).toMatchObject(want)
})

test('an answer that is too large is not read to its end, nor asked for again', async () => {
  await using runner = await startCoordinator()
  const job = await takeJob(runner)
  const answer = { status: 200, body: Buffer.alloc(17 * 1024 * 1024) }
  runner.server.fault({ at: /^PUT/, answer })
  await expect(runner.jobs.updateJob(job, { state: 'running' })).rejects.toMatchObject({ code: 'invalid' })
  expect(runner.server.callsTo(/^PUT/)).toHaveLength(2)
})

describe('the log of a job', () => {
  test('is sent in pieces, and the server says where it stands', async () => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    const told = { jobStatus: 'running', intervalMs: 3000 }
    expect(await runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).toEqual({ kind: 'accepted', ...told })
    expect(await runner.jobs.patchTrace(job, 9, Buffer.from('!'))).toEqual({
      kind: 'elsewhere',
      nextByte: 5,
      jobStatus: 'running',
    })
    runner.server.cancel(job, 'canceled')
    expect(await runner.jobs.patchTrace(job, 5, Buffer.from('!'))).toEqual({
      kind: 'gone',
      jobStatus: 'canceled',
    })
    expect(job.log).toBe('hello')
  })

  test('of AlloyCI is taken, whatever range it tells', async () => {
    await using runner = await startCoordinator({ dialect: 'alloy' })
    const job = await takeJob(runner)
    expect(await runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).toEqual({ kind: 'accepted' })
  })
})

describe('the end of a job', () => {
  const trace = { checksum: crc32('hello'), sizeBytes: 5 }

  test('is told with the checksum of the log', async () => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    await runner.jobs.patchTrace(job, 0, Buffer.from('hello'))
    const update = { state: 'failed', failureReason: 'script_failure', exitCode: 3, trace } as const
    expect(await runner.jobs.updateJob(job, update)).toMatchObject({ kind: 'done', jobStatus: 'failed' })
    expect(job).toMatchObject({ status: 'failed', failureReason: 'script_failure', exitCode: 3 })
  })

  test.each([
    ['not yet archived', 202, 'accepted'],
    ['another log there', 412, 'trace-differs'],
    ['the job over', 403, 'gone'],
    ['the job deleted', 404, 'gone'],
    ['the job of another', 409, 'gone'],
  ])('%s', async (_name, status, kind) => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    runner.server.fault({ at: /PUT/, answer: { status } })
    expect(await runner.jobs.updateJob(job, { state: 'success', trace })).toMatchObject({ kind })
  })
})

describe('what may pass is tried again', () => {
  test.each([408, 429, 500, 502, 503, 504])('%i', async (status) => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    runner.server.fault({ at: /PATCH/, answer: { status, headers: { 'retry-after': '0' } }, times: 4 })
    expect(await runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).toMatchObject({ kind: 'accepted' })
    expect(patches(runner.server)).toBe(5)
  })

  test('so is a connection that breaks off', async () => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    runner.server.fault({ at: /PATCH/, answer: 'disconnect', times: 1 })
    expect(await runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).toMatchObject({ kind: 'accepted' })
  })

  test('but not more than five times', async () => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    runner.server.fault({ at: /PATCH/, answer: { status: 503, headers: { 'retry-after': '0' } } })
    await expect(runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).rejects.toMatchObject({
      code: 'failed',
      status: 503,
    })
    expect(patches(runner.server)).toBe(5)
  })

  test('and what is refused is not', async () => {
    await using runner = await startCoordinator()
    const job = await takeJob(runner)
    runner.server.fault({ at: /PATCH/, answer: { status: 400 } })
    await expect(runner.jobs.patchTrace(job, 0, Buffer.from('hello'))).rejects.toMatchObject({
      code: 'refused',
    })
    expect(patches(runner.server)).toBe(1)
  })
})

function patches(server: Coordinator): number {
  return server.callsTo(/^PATCH/).length
}
