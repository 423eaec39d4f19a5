import { existsSync } from 'node:fs'
import { readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/clock.ts'
import { type Owner, readOwner } from '../../../src/executor/docker/owner.ts'
import { JobJournal } from '../../../src/runner/journal/job-journal.ts'
import { reportLeftJobs } from '../../../src/runner/journal/report-left-jobs.ts'
import { openCoordinator } from '../../../src/runner/protocol/open-coordinator.ts'
import { IDENTITY } from '../../support/coordinator/a-runner.ts'
import { Coordinator } from '../../support/coordinator/coordinator.ts'
import { RecordLog } from '../../support/record-log.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

/** A process of this machine that is no more: what has this pid now started at another time. */
const deadOwner = async (): Promise<Owner> => ({ ...(await readOwner()), startedAt: 'a boot/17' })
const A_RECORD = { ticket: { id: 7, token: 's3cret-of-job-7' }, url: 'http://gitlab.example' }
const never = new AbortController().signal

/** A server that has a job of a process which crashed, and what that left. */
async function crashed(directory: string, server: Coordinator, sent: string, written: string) {
  const job = server.addJob()
  job.isAssigned = true
  job.status = 'running'
  job.trace = Buffer.from(sent)
  const journal = await JobJournal.open(directory, await deadOwner())
  const { traceFile } = journal.begin({ ticket: { id: job.id, token: job.token }, url: server.url })
  await writeFile(traceFile, written)
  return job
}

async function report(directory: string, signal = never): Promise<readonly unknown[]> {
  const log = new RecordLog()
  const journal = await JobJournal.open(directory, await readOwner())
  const openServer = async (url: string) => openCoordinator({ url, identity: IDENTITY, clock: systemClock })
  await reportLeftJobs({ journal, openServer, clock: systemClock, log }, signal)
  await journal[Symbol.asyncDispose]()
  return log.of('job.reported').map(({ fields }) => fields.farewell)
}

test('a ticket is readable by this user only, and gone with its job', async () => {
  await using home = await makeTempDir()
  const journal = await JobJournal.open(join(home.path, 'jobs'), await readOwner())
  {
    using entry = journal.begin(A_RECORD)
    const ticket = join(entry.traceFile, '../ticket.json')
    expect((await stat(ticket)).mode & 0o777).toBe(0o600)
    expect((await stat(join(ticket, '..'))).mode & 0o777).toBe(0o700)
  }
  await journal[Symbol.asyncDispose]()
  expect(await readdir(join(home.path, 'jobs'))).toEqual([])
})

test('what a living process has is not left, and of another machine nobody can tell', async () => {
  await using home = await makeTempDir()
  const owners = [await readOwner(), { ...(await deadOwner()), hostId: 'another' }]
  for (const owner of owners) (await JobJournal.open(home.path, owner)).begin(A_RECORD)
  const journal = await JobJournal.open(home.path, await readOwner())
  expect(await journal.left(Date.now())).toEqual([])
  expect(await readdir(home.path)).toHaveLength(2)
})

test('a server is told of a job whose process is gone, with the rest of its log', async () => {
  await using home = await makeTempDir()
  await using server = await Coordinator.start()
  const long = '0123456789abcde\n'.repeat(200_000)
  const job = await crashed(home.path, server, '0123', `${long}and half a li`)
  expect(await report(home.path)).toEqual(['told'])
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure' })
  expect(job.log.startsWith(`${long}and half a li\n`)).toBe(true)
  expect(job.log).toContain('the runner ended while this job ran')
  expect(await readdir(home.path)).toEqual([])
})

test('what the server does not want any more is removed', async () => {
  await using home = await makeTempDir()
  await using server = await Coordinator.start()
  server.cancel(await crashed(home.path, server, '', 'one'), 'canceled')
  expect(await report(home.path)).toEqual(['gone'])
  expect(await readdir(home.path)).toEqual([])
})

test('what cannot be told is kept for another start', async () => {
  await using home = await makeTempDir()
  await using server = await Coordinator.start()
  const job = await crashed(home.path, server, '', 'one')
  const back = server.fault({ at: /^(PATCH|PUT)/, answer: 'disconnect' })
  const impatient = new AbortController()
  const reporting = report(home.path, impatient.signal)
  await server.until(() => server.callsTo(/^PATCH/).length > 0)
  impatient.abort()
  expect(await reporting).toEqual(['lost'])
  back()
  expect(await report(home.path)).toEqual(['told'])
  expect(job.log.match(/the runner ended/g)).toHaveLength(1)
})

test('an end that was known is told as it was', async () => {
  await using home = await makeTempDir()
  await using server = await Coordinator.start()
  const job = await crashed(home.path, server, '', 'Job succeeded\n')
  const journal = await JobJournal.open(home.path, await readOwner())
  for (const left of await journal.left(Date.now())) await left.keep({ state: 'success' })
  await report(home.path)
  expect(job).toMatchObject({ status: 'success', log: 'Job succeeded\n' })
})

test('after a day, and without a ticket, nobody is told', async () => {
  await using home = await makeTempDir()
  const journal = await JobJournal.open(home.path, await deadOwner())
  const old = join(journal.begin(A_RECORD).traceFile, '..')
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60_000)
  await utimes(old, twoDaysAgo, twoDaysAgo)
  const torn = join(journal.begin(A_RECORD).traceFile, '..')
  await writeFile(join(torn, 'ticket.json'), '{"ticket":{"id"')
  const next = await JobJournal.open(home.path, await readOwner())
  expect(await next.left(Date.now())).toEqual([])
  expect([existsSync(old), existsSync(torn)]).toEqual([false, false])
})
