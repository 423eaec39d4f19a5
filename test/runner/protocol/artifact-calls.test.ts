import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { ArtifactFile } from '../../../src/executor/stages/artifact-store.ts'
import { startCoordinator } from '../../support/coordinator/a-runner.ts'
import type { JobRecord } from '../../support/coordinator/job-record.ts'

const never = new AbortController().signal
const BYTES = randomBytes(300_000)

function aFile(special: Partial<ArtifactFile> = {}): ArtifactFile {
  return {
    filename: 'artifacts.zip',
    type: 'archive',
    format: 'zip',
    expireIn: '7d',
    sizeBytes: BYTES.length,
    open: () => Readable.from([BYTES.subarray(0, 70_000), BYTES.subarray(70_000)]),
    ...special,
  }
}

async function start() {
  const runner = await startCoordinator()
  const job: JobRecord = runner.server.addJob()
  job.isAssigned = true
  job.status = 'running'
  return { ...runner, job }
}

test('a file goes up and comes down', async () => {
  await using runner = await start()
  const { files, job } = runner
  expect(await files.upload(job, aFile(), never)).toEqual({ kind: 'stored' })
  const [stored] = job.artifacts
  expect(stored).toMatchObject({ type: 'archive', format: 'zip', expireIn: '7d', filename: 'artifacts.zip' })
  expect(stored?.bytes.equals(BYTES)).toBe(true)
  const found = await files.download(job, never)
  expect(found.kind === 'found' && (await buffer(found.body)).equals(BYTES)).toBe(true)
})

test('a report keeps its kind, and its name cannot end the header that it stands in', async () => {
  await using runner = await start()
  const file = aFile({ filename: 'a"b\r\nc.gz', type: 'junit', format: 'gzip', expireIn: undefined })
  await runner.files.upload(runner.job, file, never)
  expect(runner.job.artifacts[0]).toMatchObject({
    type: 'junit',
    format: 'gzip',
    expireIn: undefined,
    filename: 'a_b__c.gz',
  })
})

test('what the server wants elsewhere is sent there, from its beginning', async () => {
  await using runner = await start()
  const { server, job } = runner
  server.artifacts = { ...server.artifacts, uploadTo: server.url.replace('127.0.0.1', 'localhost') }
  expect(await runner.files.upload(job, aFile(), never)).toEqual({ kind: 'stored' })
  expect(job.artifacts[0]?.bytes.equals(BYTES)).toBe(true)
})

test('what is too large is told, and not tried again', async () => {
  await using runner = await start()
  runner.server.artifacts = { ...runner.server.artifacts, maxBytes: 1000 }
  expect(await runner.files.upload(runner.job, aFile(), never)).toEqual({ kind: 'too-large' })
  expect(runner.server.calls).toHaveLength(1)
})

test('a storage gives what the server redirects to, and never sees the token', async () => {
  await using runner = await start()
  const { server, job, files } = runner
  await files.upload(job, aFile(), never)
  server.artifacts = { ...server.artifacts, storageUrl: server.url.replace('127.0.0.1', 'localhost') }
  const found = await files.download(job, never)
  expect(found.kind === 'found' && (await buffer(found.body)).equals(BYTES)).toBe(true)
  expect(server.calls.at(-1)?.headers['job-token']).toBeUndefined()
})

test('a job that left nothing is told apart from one that is not ours', async () => {
  await using runner = await start()
  const { job, files } = runner
  expect(await files.download(job, never)).toEqual({ kind: 'missing' })
  await expect(files.download({ id: job.id, token: 's3cret-of-nobody' }, never)).rejects.toMatchObject({
    code: 'refused',
    status: 403,
  })
})

test.each(['ftp://example.org/x', 'not a url:', ''])('a redirect to %j leads nowhere', async (location) => {
  await using runner = await start()
  runner.server.fault({ at: /^GET/, answer: { status: 302, headers: { location } }, times: 9 })
  await expect(runner.files.download(runner.job, never)).rejects.toMatchObject({ name: 'CoordinatorError' })
})
