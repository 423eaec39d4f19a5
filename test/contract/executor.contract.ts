import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor, JobEnvironment, PreparedEnvironment, StageEnd } from '../../src/executor/executor.ts'
import type { Job } from '../../src/executor/job/job.ts'
import { frame } from '../../src/executor/script/frame.ts'
import { CollectedTrace } from '../support/executor/collected-trace.ts'

export interface StartedExecutor extends AsyncDisposable {
  readonly executor: Executor
  /** A job whose image has a shell, cat, head, sleep, tr and mkdir. Every call another one. */
  job(): Job
}

interface OpenedJob extends AsyncDisposable {
  readonly environment: JobEnvironment
  readonly trace: CollectedTrace
  readonly place: PreparedEnvironment
  /** In the build container, framed as the scripts of jobs are. */
  run(body: string, signal?: AbortSignal): Promise<StageEnd>
}

/** What every Executor does. */
export function executorContract(name: string, start: () => Promise<StartedExecutor>): void {
  describe(`${name} keeps the Executor contract`, () => {
    let started: StartedExecutor

    beforeAll(async () => {
      started = await start()
    })

    afterAll(() => started?.[Symbol.asyncDispose]())

    const open = async (slot = 0): Promise<OpenedJob> => {
      const trace = new CollectedTrace()
      const environment = started.executor.open({ job: started.job(), trace, slot })
      try {
        const place = await environment.prepare(new AbortController().signal)
        return {
          environment,
          trace,
          place,
          run: (body, signal = new AbortController().signal) =>
            environment.run({ name: 'step_script', container: 'build', script: frame(body) }, signal),
          [Symbol.asyncDispose]: () => environment.close(),
        }
      } catch (error) {
        await environment.close()
        throw error
      }
    }

    test('a script writes to the log, each stream for itself, and ends with its exit code', async () => {
      await using job = await open()
      expect((await job.run('echo out; echo trouble >&2')).exitCode).toBe(0)
      expect((await job.run('exit 42')).exitCode).toBe(42)
      expect([job.trace.stdout, job.trace.stderr]).toEqual(['out\n', 'trouble\n'])
    })

    test('all that a script writes is in the log when it has ended', async () => {
      await using job = await open()
      await job.run("head -c 1000000 /dev/zero | tr '\\0' x")
      expect(job.trace.stdout === 'x'.repeat(1_000_000)).toBe(true)
    })

    test('a script as long as scripts get arrives whole', async () => {
      await using job = await open()
      await job.run(`${': padding of a long script\n'.repeat(20_000)}echo end`)
      expect(job.trace.stdout).toBe('end\n')
    })

    test('files last until the job ends, variables and directories until the stage does', async () => {
      await using job = await open()
      const file = `${job.place.projectDirectory}/file`
      await job.run(`echo kept > ${file}; export LEFT=yes; cd ${job.place.projectDirectory}`)
      await job.run(`cat ${file}; echo "[$LEFT]"`)
      expect(job.trace.stdout).toBe('kept\n[]\n')
    })

    test('the directories of a job are there and may be written to', async () => {
      await using job = await open()
      const { projectDirectory, temporaryDirectory, cacheDirectory } = job.place
      const writes = [projectDirectory, temporaryDirectory, cacheDirectory].map(
        (path) => `mkdir -p ${path}; echo x > ${path}/x; cat ${path}/x`,
      )
      expect((await job.run(writes.join('\n'))).exitCode).toBe(0)
      expect(job.trace.stdout).toBe('x\nx\nx\n')
    })

    test('a script that is stopped rejects with the reason; another can run after it', async () => {
      await using job = await open()
      const reason = new Error('enough')
      const stop = new AbortController()
      const end = job.run('echo ready; sleep 300', stop.signal)
      await expect.poll(() => job.trace.stdout, { timeout: 60_000 }).toBe('ready\n')
      stop.abort(reason)
      await expect(end).rejects.toBe(reason)
      expect((await job.run('echo again')).exitCode).toBe(0)
      expect(job.trace.stdout).toBe('ready\nagain\n')
    })

    test('archives go in and come out', async () => {
      await using job = await open()
      const { projectDirectory } = job.place
      const tar = pack()
      tar.entry({ name: 'in/file' }, 'content')
      tar.finalize()
      await job.environment.writeArchive(projectDirectory, Readable.from(tar))
      await job.run(`cat ${projectDirectory}/in/file; echo more > ${projectDirectory}/in/file`)
      expect(job.trace.stdout).toBe('content')
      const files: Record<string, string> = {}
      const entries = (await job.environment.readArchive(`${projectDirectory}/in`)).pipe(extract())
      for await (const entry of entries) {
        if (entry.header.type === 'file') files[entry.header.name] = await text(entry)
        else entry.resume()
      }
      expect(files).toEqual({ 'in/file': 'more\n' })
    })

    test('jobs at the same time do not meet', async () => {
      await using one = await open(0)
      await using other = await open(1)
      const write = (job: OpenedJob, word: string) =>
        job.run(`echo ${word} > ${job.place.projectDirectory}/word`)
      await Promise.all([write(one, 'one'), write(other, 'other')])
      const read = (job: OpenedJob) => job.run(`cat ${job.place.projectDirectory}/word`)
      await Promise.all([read(one), read(other)])
      expect([one.trace.stdout, other.trace.stdout]).toEqual(['one\n', 'other\n'])
    })

    test('what was never prepared, or not to its end, can be closed', async () => {
      const order = { job: started.job(), trace: new CollectedTrace(), slot: 0 }
      await started.executor.open(order).close()
      const environment = started.executor.open(order)
      const reason = new Error('enough')
      await expect(environment.prepare(AbortSignal.abort(reason))).rejects.toBe(reason)
      await environment.close()
    })
  })
}
