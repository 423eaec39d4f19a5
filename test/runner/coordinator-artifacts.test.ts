import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { CoordinatorArtifacts } from '../../src/runner/coordinator-artifacts.ts'
import type { ArtifactCalls } from '../../src/runner/protocol/artifact-calls.ts'
import { CoordinatorError } from '../../src/runner/protocol/coordinator-error.ts'
import { aJob } from '../support/executor/a-job.ts'
import { FakeClock } from '../support/fake-clock.ts'

type Calls = Pick<ArtifactCalls, 'upload' | 'download'>

const JOB = aJob('busybox')
const DEPENDENCY = { id: 7, token: 'a-token', name: 'build', artifacts: undefined }
const FILE = {
  filename: 'artifacts.zip',
  type: 'archive',
  format: 'zip',
  expireIn: undefined,
  sizeBytes: 4321,
  open: () => Readable.from([Buffer.from('zip')]),
} as const
const never = new AbortController().signal

/** A store whose server answers so, one answer per call. */
function store(...answers: (Error | Awaited<ReturnType<Calls['upload' | 'download']>>)[]) {
  const clock = new FakeClock()
  let calls = 0
  const answer = async () => {
    const next = answers[calls++]
    if (next === undefined || next instanceof Error) throw next ?? new Error('asked once too often')
    return next
  }
  const server = { upload: answer, download: answer } as unknown as Calls
  return {
    artifacts: new CoordinatorArtifacts(server, clock),
    calls: () => calls,
    pass: async (ms: number) => {
      await expect.poll(() => clock.hasSleeperWithin(ms), { interval: 1 }).toBe(true)
      clock.advance(ms)
    },
  }
}

const failed = (retryAfterMs?: number) =>
  new CoordinatorError('failed', 'was answered with 503', { retryAfterMs })

test('what is stored is told as the server says it', async () => {
  expect(await store({ kind: 'stored' }).artifacts.put(JOB, FILE, never)).toBe('201 Created')
})

test('trouble that passes is waited for', async () => {
  const { artifacts, pass, calls } = store(failed(), failed(5000), { kind: 'stored' })
  const stored = artifacts.put(JOB, FILE, never)
  await pass(1000)
  await pass(5000)
  expect(await stored).toBe('201 Created')
  expect(calls()).toBe(3)
})

test('trouble that stays, and what is refused, fail the job', async () => {
  const { artifacts, pass } = store(failed(), failed(), failed())
  const stored = artifacts.put(JOB, FILE, never)
  stored.catch(() => {})
  await pass(1000)
  await pass(2000)
  await expect(stored).rejects.toMatchObject({
    code: 'runner_system_failure',
    message: 'was answered with 503',
  })
  const refused = store(new CoordinatorError('refused', 'was answered with 403'))
  await expect(refused.artifacts.get(DEPENDENCY, never)).rejects.toMatchObject({
    code: 'runner_system_failure',
  })
  expect(refused.calls()).toBe(1)
})

test('what is too large says how large it is, and is not sent again', async () => {
  const { artifacts, calls } = store({ kind: 'too-large' })
  await expect(artifacts.put(JOB, FILE, never)).rejects.toMatchObject({
    code: 'script_failure',
    message: expect.stringMatching(/"artifacts\.zip" has 4321 bytes.*Maximum artifacts size/),
  })
  expect(calls()).toBe(1)
})

test('what is there is read, what is not is told', async () => {
  const { artifacts } = store(
    { kind: 'found', body: Readable.from([Buffer.from('zip')]) },
    { kind: 'missing' },
  )
  const found = await artifacts.get(DEPENDENCY, never)
  expect((await buffer(found ?? Readable.from([]))).toString()).toBe('zip')
  expect(await artifacts.get(DEPENDENCY, never)).toBeUndefined()
})

test('a job that ends waits for nothing', async () => {
  const { artifacts } = store(failed())
  const stop = new AbortController()
  const stored = artifacts.put(JOB, FILE, stop.signal)
  stored.catch(() => {})
  const reason = new Error('enough')
  stop.abort(reason)
  await expect(stored).rejects.toBe(reason)
})
