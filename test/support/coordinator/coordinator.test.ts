import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Coordinator } from './coordinator.ts'
import type { JobRecord } from './job-record.ts'
import { REGISTRATION_TOKEN } from './runner-registry.ts'

const ALL = { features: { two_phase_job_commit: true } }

/** Calls as a runner that was written in haste would make them. */
function caller(server: Coordinator) {
  const call = async (method: string, path: string, headers: Record<string, string>, body: string) => {
    const reply = await fetch(`${server.url}/api/v4/${path}`, { method, headers, body })
    await reply.arrayBuffer()
    return reply
  }
  const json = (method: string, path: string, value: object) =>
    call(method, path, { 'content-type': 'application/json' }, JSON.stringify(value))
  return {
    json,
    request: (token: string, info: object = ALL) => json('POST', 'jobs/request', { token, info }),
    update: (job: JobRecord, value: object) => json('PUT', `jobs/${job.id}`, { token: job.token, ...value }),
    patch: (job: JobRecord, range: string, text: string) =>
      call('PATCH', `jobs/${job.id}/trace`, { 'job-token': job.token, 'content-range': range }, text),
    patchWithoutRange: (job: JobRecord) =>
      call('PATCH', `jobs/${job.id}/trace`, { 'job-token': job.token }, 'text'),
  }
}

/** A job that runs. */
async function runningJob(server: Coordinator) {
  const job = server.addJob()
  const asked = caller(server)
  await asked.request(server.runners.create())
  await asked.update(job, { state: 'running' })
  return { job, asked }
}

describe('a registration is refused', () => {
  test.each([
    ['without a token', { description: 'x' }, 400],
    ['with a wrong one', { token: 'wrong' }, 403],
    ['never with the right one', { token: REGISTRATION_TOKEN }, 201],
  ])('%s', async (_name, order, status) => {
    await using server = await Coordinator.start()
    expect((await caller(server).json('POST', 'runners', order)).status).toBe(status)
  })

  test('when registration tokens are switched off', async () => {
    await using server = await Coordinator.start()
    server.runners.isClosed = true
    expect((await caller(server).json('POST', 'runners', { token: REGISTRATION_TOKEN })).status).toBe(410)
  })
})

describe('a job that was handed out', () => {
  test('is pending until the runner says that it runs, and takes no log before', async () => {
    await using server = await Coordinator.start()
    const job = server.addJob()
    const asked = caller(server)
    expect((await asked.update(job, { state: 'running' })).status).toBe(409)
    expect((await asked.request(server.runners.create())).status).toBe(201)
    expect(job.status).toBe('pending')
    expect((await asked.patch(job, '0-3', 'text')).status).toBe(403)
    expect((await asked.update(job, { state: 'success' })).status).toBe(409)
    expect((await asked.update(job, { state: 'pending' })).status).toBe(200)
    expect((await asked.update(job, { state: 'running' })).headers.get('job-status')).toBe('running')
    expect((await asked.update(job, { state: 'pending' })).status).toBe(409)
  })

  test('runs at once where the runner does not know of this', async () => {
    await using server = await Coordinator.start()
    const job = server.addJob()
    await caller(server).request(server.runners.create(), { features: {} })
    expect(job.status).toBe('running')
  })

  test('is not handed out to a runner that cannot do what it needs, nor twice', async () => {
    await using server = await Coordinator.start()
    server.addJob({ needs: ['artifacts_exclude'] })
    const token = server.runners.create()
    const asked = caller(server)
    expect((await asked.request(token)).status).toBe(204)
    const features = { artifacts_exclude: true }
    expect((await asked.request(token, { features })).status).toBe(201)
    expect((await asked.request(token, { features })).status).toBe(204)
  })
})

describe('a piece of a log', () => {
  test.each([
    ['follows what is there', '5-10', ' world', 202, '0-11'],
    ['leaves a gap', '7-8', '!!', 416, '0-5'],
    ['was sent before', '0-4', 'hello', 416, '0-5'],
    ['is longer than it says', '5-6', ' world', 416, '0-5'],
  ])('that %s', async (_name, range, text, status, has) => {
    await using server = await Coordinator.start()
    const { job, asked } = await runningJob(server)
    await asked.patch(job, '0-4', 'hello')
    const reply = await asked.patch(job, range, text)
    expect([reply.status, reply.headers.get('range')]).toEqual([status, has])
    expect(job.log).toBe(status === 202 ? 'hello world' : 'hello')
  })

  test('without a range is a bad request', async () => {
    await using server = await Coordinator.start()
    const { job, asked } = await runningJob(server)
    expect((await asked.patchWithoutRange(job)).status).toBe(400)
  })

  test('that is too much ends the job', async () => {
    await using server = await Coordinator.start()
    server.trace = { ...server.trace, maxTraceBytes: 4 }
    const { job, asked } = await runningJob(server)
    expect((await asked.patch(job, '0-4', 'hello')).status).toBe(403)
    expect(job.status).toBe('failed')
  })
})

describe('a final update', () => {
  const whole = (text: string) => {
    const checksum = `crc32:${crc32(text).toString(16).padStart(8, '0')}`
    return { checksum, output: { checksum, bytesize: Buffer.byteLength(text) } }
  }

  test.each([
    ['with another checksum', { state: 'success', ...whole('hellO') }, 412],
    ['without one', { state: 'success' }, 200],
    ['with a reason that nobody knows', { state: 'failed', failure_reason: 'bad_luck' }, 400],
    ['with a state that nobody knows', { state: 'done' }, 400],
    ['of the log that is there', { state: 'success', ...whole('hello') }, 200],
  ])('%s', async (_name, update, status) => {
    await using server = await Coordinator.start()
    const { job, asked } = await runningJob(server)
    await asked.patch(job, '0-4', 'hello')
    expect((await asked.update(job, update)).status).toBe(status)
  })

  test('ends the job: nothing more is taken, and the status is told', async () => {
    await using server = await Coordinator.start()
    const { job, asked } = await runningJob(server)
    server.cancel(job)
    expect((await asked.update(job, { state: 'failed', ...whole('') })).status).toBe(200)
    const late = await asked.patch(job, '0-4', 'hello')
    expect([late.status, late.headers.get('job-status')]).toEqual([403, 'canceled'])
    expect((await asked.update(job, { state: 'success', ...whole('') })).status).toBe(403)
  })

  test('with a wrong token is forbidden, as one of a job that is not there', async () => {
    await using server = await Coordinator.start()
    const { job, asked } = await runningJob(server)
    expect((await asked.update(job, { token: 'wrong', state: 'running' })).status).toBe(403)
    expect((await asked.json('PUT', 'jobs/1', { token: job.token, state: 'running' })).status).toBe(403)
  })
})
