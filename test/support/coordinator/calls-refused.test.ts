import { describe, expect, test } from 'vitest'
import { Coordinator } from './coordinator.ts'

async function call(server: Coordinator, line: string, value: object, type = 'application/json') {
  const [method = '', path = ''] = line.split(' ')
  const headers = { 'content-type': type }
  const reply = await fetch(`${server.url}/api/v4/${path}`, { method, headers, body: JSON.stringify(value) })
  await reply.arrayBuffer()
  return reply
}

const RUNNER_CALLS = ['POST runners/verify', 'POST jobs/request', 'DELETE runners', 'DELETE runners/managers']

describe('a runner is refused', () => {
  test.each(RUNNER_CALLS)('%s with a wrong token', async (line) => {
    await using server = await Coordinator.start()
    const order = { token: 'wrong', system_id: 's_0123456789ab' }
    expect((await call(server, line, order)).status).toBe(403)
  })

  test.each(RUNNER_CALLS)('%s whose body is not said to be JSON', async (line) => {
    await using server = await Coordinator.start()
    const token = server.runners.create()
    const reply = await call(server, line, { token }, 'text/plain')
    expect(reply.status).toBe(400)
    expect(server.runners.has(token)).toBe(true)
  })

  test.each(['POST runners/verify', 'POST jobs/request'])('%s when its project is gone', async (line) => {
    await using server = await Coordinator.start()
    const token = server.runners.create()
    server.runners.orphan(token)
    expect((await call(server, line, { token })).status).toBe(422)
  })

  test('by AlloyCI with 401', async () => {
    await using server = await Coordinator.start({ dialect: 'alloy' })
    expect((await call(server, 'POST jobs/request', { token: 'wrong' })).status).toBe(401)
  })

  test('to take away a machine that never was there; the runner stays', async () => {
    await using server = await Coordinator.start()
    const token = server.runners.create()
    const order = { token, system_id: 's_0123456789ab' }
    expect((await call(server, 'DELETE runners/managers', order)).status).toBe(404)
    expect((await call(server, 'POST runners/verify', order)).status).toBe(200)
    expect((await call(server, 'DELETE runners/managers', order)).status).toBe(204)
    expect(server.runners.has(token)).toBe(true)
  })

  test('what it asks for by another method, or that is nowhere', async () => {
    await using server = await Coordinator.start()
    expect((await call(server, 'POST runners/verified', {})).status).toBe(404)
    const { id, token } = server.addJob()
    expect((await call(server, `POST jobs/${id}`, { token })).status).toBe(405)
  })
})

/** A job that runs. */
async function runningJob(server: Coordinator) {
  const job = server.addJob()
  await call(server, 'POST jobs/request', { token: server.runners.create(), info: {} })
  return job
}

async function upload(
  server: Coordinator,
  { id, token }: { id: number; token: string },
  query: string,
  { content = 'zip', field = 'file' } = {},
): Promise<number> {
  const body = new FormData()
  body.set(field, new Blob([content]), 'artifacts.zip')
  const url = `${server.url}/api/v4/jobs/${id}/artifacts?${query}`
  const reply = await fetch(url, { method: 'POST', headers: { 'job-token': token }, body })
  await reply.arrayBuffer()
  return reply.status
}

describe('a file is refused', () => {
  test.each([
    ['an archive that is no zip', 'artifact_type=archive&artifact_format=gzip', {}, 400],
    ['a report that is one', 'artifact_type=junit&artifact_format=zip', {}, 400],
    ['a format that nobody knows', 'artifact_format=rar', {}, 400],
    ['a form without it', 'artifact_format=zip', { field: 'other' }, 400],
    ['one that is too large', 'artifact_format=zip', { content: 'x'.repeat(101) }, 413],
    ['never one of every kind', 'artifact_type=junit&artifact_format=gzip', {}, 201],
  ])('%s', async (_name, query, form, status) => {
    await using server = await Coordinator.start()
    server.artifacts = { ...server.artifacts, maxBytes: 100 }
    expect(await upload(server, await runningJob(server), query, form)).toBe(status)
  })

  test('of a job that is not running, and with the token of another', async () => {
    await using server = await Coordinator.start()
    const job = server.addJob()
    expect(await upload(server, job, 'artifact_format=zip')).toBe(403)
    const running = await runningJob(server)
    expect(await upload(server, { ...running, token: 'wrong' }, 'artifact_format=zip')).toBe(403)
  })

  test('when there is another one of its kind; the same may come twice', async () => {
    await using server = await Coordinator.start()
    const job = await runningJob(server)
    expect(await upload(server, job, 'artifact_format=zip')).toBe(201)
    expect(await upload(server, job, 'artifact_format=zip')).toBe(201)
    expect(await upload(server, job, 'artifact_format=zip', { content: 'other' })).toBe(400)
    expect(job.artifacts).toHaveLength(1)
  })

  test('to who may not have it, and when there is none', async () => {
    await using server = await Coordinator.start()
    const job = await runningJob(server)
    const url = `${server.url}/api/v4/jobs/${job.id}/artifacts`
    const get = async (token: string) => (await fetch(url, { headers: { 'job-token': token } })).status
    expect(await get(job.token)).toBe(404)
    await upload(server, job, 'artifact_format=zip')
    expect(await get('wrong')).toBe(403)
    expect(await get(job.token)).toBe(200)
  })
})
