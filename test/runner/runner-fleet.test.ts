import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openServer } from '../../src/cli/runner/open-server.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { readOwner } from '../../src/executor/docker/owner.ts'
import { JobJournal } from '../../src/runner/journal/job-journal.ts'
import { RunnerFleet } from '../../src/runner/runner-fleet.ts'
import { sparsePayload } from '../executor/job/payloads.ts'
import { IDENTITY } from '../support/coordinator/a-runner.ts'
import { Coordinator } from '../support/coordinator/coordinator.ts'
import { RecordLog } from '../support/record-log.ts'
import { ORDER, planOf, script, startFleet } from '../support/start-fleet.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { testCertificate } from '../support/tls/certificate.ts'

test('three jobs run side by side, and the server has the whole log of each', async () => {
  await using run = await startFleet()
  // Each waits for the two others: none would end if they ran one after the other.
  await using meeting = await makeTempDir()
  const jobs = [1, 2, 3].map((number) =>
    run.server.addJob(
      script(
        `touch ${meeting.path}/${number}`,
        `until [ "$(ls ${meeting.path} | wc -l)" -eq 3 ]; do sleep 0.01; done`,
        `echo "job ${number} is $CI_JOB_STATUS"`,
      ),
    ),
  )
  await run.isOver(...jobs)
  for (const [index, job] of jobs.entries()) {
    expect(job.status).toBe('success')
    expect(job.log).toMatch(/Running with entrepot.*\n.*on a runner/)
    expect(job.log).toContain(`job ${index + 1} is running`)
    expect(job.log).toContain('Job succeeded')
  }
  run.drain.abort()
  await run.over
  expect(await run.logsLeft()).toEqual([])
})

test('jobs that run side by side are numbered, by runner and by project', async () => {
  await using run = await startFleet()
  await using meeting = await makeTempDir()
  const jobs = [7, 8, 7].map((projectId, index) => {
    const { payload } = script(
      `touch ${meeting.path}/${index}`,
      `until [ "$(ls ${meeting.path} | wc -l)" -eq 3 ]; do sleep 0.01; done`,
      'echo "of the project $CI_CONCURRENT_PROJECT_ID, of the runner $CI_CONCURRENT_ID"',
    )
    return run.server.addJob({ payload: { ...payload, job_info: { project_id: projectId } } })
  })
  await run.isOver(...jobs)
  const numbers = jobs.map(({ log }) =>
    log
      .match(/of the project (\d), of the runner (\d)/)
      ?.slice(1)
      .join('/'),
  )
  // In no order: which of them is read first is nobody's promise.
  expect([numbers[0], numbers[2]].map((number) => number?.[0]).sort()).toEqual(['0', '1'])
  expect(numbers[1]?.[0]).toBe('0')
  expect(numbers.map((number) => number?.[2]).sort()).toEqual(['0', '1', '2'])
  const next = run.server.addJob(script('echo "alone: $CI_CONCURRENT_PROJECT_ID $CI_CONCURRENT_ID"'))
  await run.isOver(next)
  expect(next.log).toContain('alone: 0 0')
})

test('a job that fails says why, in words that the server knows', async () => {
  await using run = await startFleet()
  const job = run.server.addJob(script('exit 3'))
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'script_failure', exitCode: 3 })
})

test('what is no job fails, and its log says what is wrong', async () => {
  await using run = await startFleet()
  const job = run.server.addJob({ payload: { steps: [{ name: 'script', script: 'no list' }] } })
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure' })
  expect(job.log).toContain('steps[0].script')
})

test('a job that was taken back before it began is left alone', async () => {
  await using run = await startFleet()
  run.server.fault({ at: /^PUT/, answer: { status: 409 }, times: 1 })
  const job = run.server.addJob(script('true'))
  await expect.poll(() => run.log.of('job.dropped').length, { interval: 5 }).toBe(1)
  expect(job).toMatchObject({ status: 'pending', log: '' })
})

test('a job says at its top which switches are set otherwise than usual', async () => {
  await using run = await startFleet()
  const flags = [{ key: 'FF_SCRIPT_SECTIONS', value: 'true', public: true }]
  const job = run.server.addJob({ payload: { ...script('true').payload, variables: flags } })
  const plain = run.server.addJob(script('true'))
  await run.isOver(job, plain)
  expect(job.log).toMatch(/on a runner.*\n.* {2}feature flags: FF_SCRIPT_SECTIONS:true/)
  expect(plain.log).not.toContain('feature flags')
})

test('AlloyCI says little, and its jobs run all the same', async () => {
  await using run = await startFleet({ dialect: 'alloy' })
  const job = run.server.addJob(script('echo from alloy'))
  await run.isOver(job)
  expect(job.status).toBe('success')
  expect(job.log).toContain('from alloy')
})

test("AlloyCI's sparse payload runs as it is", async () => {
  await using run = await startFleet({ dialect: 'alloy' })
  const { id: _, token: __, ...payload } = sparsePayload
  const job = run.server.addJob({
    payload: { ...payload, steps: [{ ...payload.steps[0], script: ['echo it ran'] }] },
  })
  await run.isOver(job)
  expect({ status: job.status, log: job.log }).toEqual({
    status: 'success',
    log: expect.stringContaining('it ran'),
  })
})

describe('a job that is cancelled', () => {
  const longJob = {
    payload: {
      steps: [
        { name: 'script', script: ['while :; do echo goes on; sleep 0.05; done'] },
        { name: 'after_script', script: ['echo cleaned up'] },
      ],
    },
  }

  test('still runs its after_script', async () => {
    await using run = await startFleet()
    const job = run.server.addJob(longJob)
    await run.server.until(() => job.log.includes('goes on\n'))
    run.server.cancel(job)
    await run.isOver(job)
    expect(job.status).toBe('canceled')
    expect(job.log).toContain('cleaned up')
  })

  test('before it began runs nothing', async () => {
    await using run = await startFleet()
    run.server.fault({
      at: /^PUT/,
      answer: { status: 200, headers: { 'job-status': 'canceling' } },
      times: 1,
    })
    const job = run.server.addJob(longJob)
    // The server that cancels has taken the word that it runs.
    job.status = 'canceling'
    await run.isOver(job)
    expect(job.status).toBe('canceled')
    expect(job.log).not.toContain('goes on')
    expect(job.log).toContain('ERROR: Job failed')
  })

  test('and gone from the server ends at once', async () => {
    await using run = await startFleet()
    const noisy = run.server.addJob(script('while :; do echo more; sleep 0.05; done'))
    await run.server.until(() => noisy.log.includes('more\n'))
    run.server.cancel(noisy, 'canceled')
    await expect.poll(() => run.log.of('job.ended').length, { interval: 5, timeout: 8000 }).toBe(1)
    expect(run.log.of('job.ended')[0]?.fields.farewell).toBe('gone')
  })
})

test('a runner that is stopped ends its jobs, and says so', async () => {
  await using run = await startFleet()
  const job = run.server.addJob({
    payload: {
      ...script('echo has begun', 'sleep 600').payload,
      features: { failure_reasons: ['runner_interrupted'] },
    },
  })
  await run.server.until(() => job.log.includes('has begun\n'))
  run.abort.abort()
  await run.over
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_interrupted' })
  expect(job.log).toContain('the runner was stopped')
})

test('a job whose log has no place fails at once: the server does not wait for it', async () => {
  await using run = await startFleet()
  await rm(run.directory.path, { recursive: true })
  const job = run.server.addJob(script('true'))
  await run.isOver(job)
  expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure', log: '' })
  await expect.poll(() => run.log.of('job.lost').length, { interval: 5 }).toBe(1)
})

test('what is no job at all is told to the log, and the next one runs', async () => {
  await using run = await startFleet()
  run.server.fault({
    at: /jobs\/request/,
    answer: { status: 201, body: Buffer.from('{"token":"s3cret-of-a-job"}') },
    times: 1,
  })
  const job = run.server.addJob(script('true'))
  await run.isOver(job)
  expect(job.status).toBe('success')
  expect(run.log.of('job.unreadable')).toHaveLength(1)
})

describe('settings that change', () => {
  test('apply to the next jobs: those that run go on as they were', async () => {
    await using run = await startFleet()
    await using meeting = await makeTempDir()
    const early = run.server.addJob(
      script('echo begun', `until [ -e ${meeting.path}/go ]; do sleep 0.01; done`, 'echo "$SETTING"'),
    )
    await run.server.until(() => early.log.includes('begun\n'))
    const { settings } = run.plan
    const variable = { key: 'SETTING', value: 'is new', isPublic: true, isMasked: false, isRaw: false }
    const changed = { ...settings, variables: [{ ...variable, isFile: false }] }
    await run.untilAsked(() => {
      // What the first plan has asked for is answered, with nothing: it asks no more.
      run.server.queue.touch()
      run.fleet.apply({ ...ORDER, plans: [{ ...run.plan, version: 'second', settings: changed }] })
    })
    const late = run.server.addJob(script('echo "$SETTING"', `touch ${meeting.path}/go`))
    await run.isOver(early, late)
    expect(late.log).toContain('is new\n')
    expect(early.log).not.toContain('is new\n')
    expect([early.status, late.status]).toEqual(['success', 'success'])
  })

  test('leave the same runner no more jobs than its limit', async () => {
    await using run = await startFleet({ limit: 1 })
    await using meeting = await makeTempDir()
    const early = run.server.addJob(
      script('echo begun', `until [ -e ${meeting.path}/go ]; do sleep 0.01; done`),
    )
    await run.server.until(() => early.log.includes('begun\n'))
    run.fleet.apply({ ...ORDER, plans: [{ ...run.plan, version: 'second' }] })
    const late = run.server.addJob(script('true'))
    const asked = run.server.callsTo(/jobs\/request/).length
    await run.server.until(() => early.log.includes('begun\n'))
    expect(late.isAssigned).toBe(false)
    expect(run.server.callsTo(/jobs\/request/)).toHaveLength(asked)
    run.fleet.apply({ ...ORDER, plans: [{ ...run.plan, version: 'second', limit: 2 }] })
    await run.isOver(late)
    expect(early.isOver).toBe(false)
    await writeFile(`${meeting.path}/go`, '')
    await run.isOver(early)
  })

  test('that take a runner away end its asking, not its jobs', async () => {
    await using run = await startFleet()
    await using meeting = await makeTempDir()
    const early = run.server.addJob(
      script('echo begun', `until [ -e ${meeting.path}/go ]; do sleep 0.01; done`),
    )
    await run.server.until(() => early.log.includes('begun\n'))
    run.fleet.apply({ ...ORDER, plans: [] })
    await run.server.until(() => run.server.queue.waitingCount === 0)
    await writeFile(`${meeting.path}/go`, '')
    await run.isOver(early)
    expect(early.status).toBe('success')
  })
})

test('a runner that cannot work takes no jobs, and is tried again', async () => {
  let tries = 0
  // A thousand times as fast.
  const clock: Clock = { now: Date.now, sleep: (ms, signal) => systemClock.sleep(ms / 1000, signal) }
  await using directory = await makeTempDir()
  const journal = await JobJournal.open(directory.path, await readOwner())
  await using server = await Coordinator.start()
  const plan = planOf(server)
  const log = new RecordLog()
  const drain = new AbortController()
  const fleet = new RunnerFleet({ journal, clock, log, drain: drain.signal, abort: drain.signal })
  const open = async (signal: AbortSignal) => {
    tries += 1
    if (tries < 3) throw new Error('the engine does not answer')
    return await plan.open(signal)
  }
  const job = server.addJob(script('true'))
  fleet.apply({ ...ORDER, plans: [{ ...plan, open }] })
  await server.until(() => job.isOver)
  expect(job.status).toBe('success')
  expect(log.of('runner.unusable').map(({ fields }) => fields.failures)).toEqual([1, 2])
  expect(log.of('runner.usable')).toHaveLength(1)
  drain.abort()
  await fleet.over()
})

test('jobs find the certificate that the server is trusted by, before what they say themselves', async () => {
  const certificate = testCertificate()
  await using directory = await makeTempDir()
  await writeFile(`${directory.path}/ca.pem`, certificate.cert)
  const journal = await JobJournal.open(directory.path, await readOwner())
  await using server = await Coordinator.start({ tls: certificate })
  const plan = planOf(server)
  const tls = { caFile: 'ca.pem', certFile: undefined, keyFile: undefined }
  const order = { url: server.url, tls, directory: directory.path, identity: IDENTITY }
  const open = async (signal: AbortSignal) => {
    const coordinator = await openServer(order, { clock: systemClock, env: {} })
    const { variables, close } = coordinator
    return { ...(await plan.open(signal)), coordinator, variables, close }
  }
  const drain = new AbortController()
  const stop = { drain: drain.signal, abort: drain.signal }
  const fleet = new RunnerFleet({ journal, clock: systemClock, log: new RecordLog(), ...stop })
  const show = script('basename "$CI_SERVER_TLS_CA_FILE"', 'sha256sum < "$CI_SERVER_TLS_CA_FILE"')
  const own = { key: 'CI_SERVER_TLS_CA_FILE', value: '/dev/null', public: true }
  const [job, wayward] = [
    server.addJob(show),
    server.addJob({ payload: { ...show.payload, variables: [own] } }),
  ]
  fleet.apply({ ...ORDER, plans: [{ ...plan, open }] })
  await server.until(() => job.isOver && wayward.isOver)
  drain.abort()
  await fleet.over()
  const hash = createHash('sha256').update(certificate.cert).digest('hex')
  expect(job.log).toContain(' CI_SERVER_TLS_CA_FILE\n')
  expect(job.log).toContain(hash)
  expect(wayward.log).toContain(' null\n')
  expect([job.status, wayward.status]).toEqual(['success', 'success'])
})

test('a runner whose cache is lost is opened anew, and its jobs go on', async () => {
  await using meeting = await makeTempDir()
  const lost = new AbortController()
  let opened = 0
  await using run = await startFleet()
  const { plan } = run
  const open = async (signal: AbortSignal) => {
    opened += 1
    return { ...(await plan.open(signal)), ...(opened === 1 && { lost: lost.signal }) }
  }
  await run.untilAsked(() => run.fleet.apply({ ...ORDER, plans: [{ ...plan, version: 'second', open }] }))
  const early = run.server.addJob(
    script('echo begun', `until [ -e ${meeting.path}/go ]; do sleep 0.01; done`),
  )
  await run.server.until(() => early.log.includes('begun\n'))
  await run.untilAsked(() => lost.abort())
  const late = run.server.addJob(script('true'))
  await run.isOver(late)
  expect(opened).toBe(2)
  await writeFile(`${meeting.path}/go`, '')
  await run.isOver(early)
  expect(early.status).toBe('success')
})

test('no token of runner or job is in the log', async () => {
  await using run = await startFleet()
  run.server.fault({ at: /^PATCH/, answer: { status: 400 } })
  const job = run.server.addJob(script('echo "token: $CI_JOB_TOKEN"'))
  await run.isOver(job)
  const restore = run.server.fault({ at: /jobs\/request/, answer: 'disconnect' })
  run.server.queue.touch()
  await expect.poll(() => run.log.of('runner.unhealthy').length, { interval: 5 }).toBe(1)
  restore()
  run.abort.abort()
  await run.over
  expect(run.log.of('job.update_failed')).toHaveLength(1)
  const lines = run.log.lines.map(({ message, fields }) => `${message} ${inspect(fields, { depth: 9 })}`)
  expect(lines.join('\n')).not.toContain('s3cret')
})
