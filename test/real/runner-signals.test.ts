import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectWholeLog } from '../support/coordinator/expect-whole-log.ts'
import { leftOnEngine } from '../support/executor/left-on-engine.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { startDockerRegistry } from '../support/real/docker-registry.ts'
import { type Engine, startEngine } from '../support/real/engine.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { Gate } from '../support/real/gate.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { type RunnerProgram, startRunnerProgram } from '../support/real/runner-program.ts'

const GONE = { timeout: 30_000 }

const jobOf = (...script: readonly string[]) => ({
  job_info: { name: 'n', stage: 'test', project_id: 7, project_name: 'shop', project_full_path: 'acme/shop' },
  git_info: { repo_url: '', ref: 'main', sha: '0'.repeat(40), before_sha: '' },
  runner_info: { timeout: 300 },
  variables: [{ key: 'GIT_STRATEGY', value: 'none', public: true }],
  steps: [{ name: 'script', script }],
})

/** The line of the script, which the log shows, is another than what it prints. */
const SAY_BEGUN = 'echo "be""gun"'
const ENDLESS = jobOf(SAY_BEGUN, 'sleep 300')

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'a runner that is told to stop, or is killed', () => {
  const cleanups = new Cleanups()
  let engine: Engine
  let cache: EntrepotProcess

  beforeAll(async () => {
    const hub = cleanups.use(await startDockerRegistry({ images: ['busybox'] }))
    engine = cleanups.use(await startEngine())
    cache = cleanups.use(
      await startEntrepot({
        upstreams: { 'docker.io': hub.url },
        listen: [`${engine.hostAddress}:0`],
        isShared: true,
      }),
    )
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await cleanups[Symbol.asyncDispose]()
  })

  /** All that are there have begun. */
  const begin = async ({ server }: RunnerProgram, count: number) => {
    const jobs = Array.from({ length: count }, () => server.addJob({ payload: ENDLESS }))
    await server.until(() => jobs.every(({ log }) => log.includes('begun')))
    return jobs
  }

  const journalOf = (runner: RunnerProgram) => readdir(join(runner.home, 'caches/entrepot/runner'))

  test('after kill -9 the next start removes what three jobs left, tells the server of each, and takes the next', async () => {
    await using runner = await startRunnerProgram({
      ...{ engine, cache, concurrent: 3 },
      toml: { runner: 'request_concurrency = 3' },
    })
    const { server } = runner
    const jobs = await begin(runner, 3)
    const next = server.addJob({ payload: jobOf('echo "go""es on"') })
    await runner.stop('SIGKILL')
    expect(await leftOnEngine(engine)).not.toBe('')
    expect(jobs.map(({ status }) => status)).toEqual(['running', 'running', 'running'])
    await runner.restart()
    await runner.isOver(...jobs, next)
    for (const job of jobs) {
      expect(job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure' })
      expect(job.log).toContain('begun')
      expect(job.log).toContain('the runner ended while this job ran')
      expectWholeLog(server, job)
    }
    expect(next).toMatchObject({ status: 'success', log: expect.stringContaining('goes on') })
    await expect.poll(() => leftOnEngine(engine), GONE).toBe('')
    expect(await runner.stop('SIGQUIT')).toEqual({ code: 0, signal: null })
    expect(await journalOf(runner)).toEqual([])
  }, 300_000)

  test('a second signal ends it at once; the next start tells of the job', async () => {
    await using runner = await startRunnerProgram({ engine, cache })
    const { server } = runner
    const [job] = await begin(runner, 1)
    if (job === undefined) throw new Error('no job')
    const isReady = server.fault({ at: /^PUT jobs/, answer: { status: 202 } })
    const told = server.callsTo(/^PUT jobs/).length
    runner.send('SIGTERM')
    await server.until(() => server.callsTo(/^PUT jobs/).length > told)
    expect(await runner.stop('SIGTERM')).toMatchObject({ code: 143 })
    expect(job.isOver).toBe(false)
    isReady()
    await runner.restart()
    await runner.isOver(job)
    expect(job.status).toBe('failed')
    expectWholeLog(server, job)
    await expect.poll(() => leftOnEngine(engine), GONE).toBe('')
  }, 300_000)

  test('SIGTERM ends the jobs that run, tells the server of them, and leaves nothing', async () => {
    await using runner = await startRunnerProgram({ engine, cache })
    const jobs = await begin(runner, 2)
    expect(await runner.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    for (const job of jobs) {
      expect(job.status).toBe('failed')
      expect(job.log).toContain('the runner was stopped')
      expectWholeLog(runner.server, job)
    }
    expect(await leftOnEngine(engine)).toBe('')
    expect(await journalOf(runner)).toEqual([])
  }, 300_000)

  test('SIGQUIT lets the job that runs end, and takes none of those that wait', async () => {
    await using runner = await startRunnerProgram({ engine, cache, concurrent: 1 })
    await using gate = await Gate.open(engine.hostAddress, 2)
    const { server } = runner
    const pass = `nc ${engine.hostAddress} ${gate.port}`
    const runs = server.addJob({ payload: jobOf(SAY_BEGUN, pass, 'echo "to the ""end"') })
    await server.until(() => runs.log.includes('begun'))
    const waits = server.addJob({ payload: jobOf('true') })
    runner.send('SIGQUIT')
    await runner.seen('runner.draining')
    await gate.join()
    expect(await runner.stop('SIGQUIT')).toEqual({ code: 0, signal: null })
    expect(runs).toMatchObject({ status: 'success', log: expect.stringContaining('to the end') })
    expect(waits).toMatchObject({ status: 'pending', isAssigned: false })
    expect(await leftOnEngine(engine)).toBe('')
  }, 300_000)

  test('SIGQUIT while it waits for a job: one that the held request still brings is run', async () => {
    await using runner = await startRunnerProgram({ engine, cache, concurrent: 1 })
    const { server } = runner
    await server.until(() => server.queue.waitingCount === 1)
    runner.send('SIGQUIT')
    await runner.seen('runner.draining')
    const job = server.addJob({ payload: jobOf('true') })
    expect(await runner.stop('SIGQUIT')).toEqual({ code: 0, signal: null })
    expect(job.status).toBe('success')
    expect(await leftOnEngine(engine)).toBe('')
  }, 300_000)

  test('SIGHUP has config.toml read again, though it is the same; one that changed is read without it', async () => {
    await using runner = await startRunnerProgram({ engine, cache, concurrent: 1 })
    await using gate = await Gate.open(engine.hostAddress, 2)
    const { server } = runner
    const pass = `nc ${engine.hostAddress} ${gate.port}`
    const early = server.addJob({ payload: jobOf(SAY_BEGUN, pass, 'echo "it is $SETTING."') })
    await server.until(() => early.log.includes('begun'))
    const configured = () => runner.output.split('"event":"runner.configured"').length - 1
    expect(configured()).toBe(1)
    runner.send('SIGHUP')
    await expect.poll(configured, GONE).toBe(2)

    const text = await readFile(runner.configFile, 'utf8')
    await writeFile(runner.configFile, text.replace('concurrent = 1', 'concurrent = "many"'))
    await runner.seen('runner.config_refused')
    const changed = text
      .replace('concurrent = 1', 'concurrent = 2')
      .replace('executor =', 'environment = ["SETTING=new"]\n  executor =')
    await writeFile(runner.configFile, changed)
    await expect.poll(configured, GONE).toBe(3)
    // The first still runs, as it began: only with the second does it come through the gate.
    const late = server.addJob({ payload: jobOf(pass, 'echo "it is $SETTING."') })
    await runner.isOver(early, late)
    expect(early).toMatchObject({ status: 'success', log: expect.stringContaining('it is .') })
    expect(late).toMatchObject({ status: 'success', log: expect.stringContaining('it is new.') })
  }, 300_000)
})
