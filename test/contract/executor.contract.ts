import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor, JobEnvironment, PreparedEnvironment, StageEnd } from '../../src/executor/executor.ts'
import type { Job } from '../../src/executor/job/job.ts'
import { frame } from '../../src/executor/script/frame.ts'
import { makeTar } from '../../src/executor/tar/make-tar.ts'
import { tarEntries } from '../../src/executor/tar/tar-entries.ts'
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

const never = new AbortController().signal

async function* chunks(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all
}

async function* failing(first: Buffer, error: Error): AsyncGenerator<Buffer> {
  yield first
  throw error
}

/** Sends something, and nothing more until somebody gives up. */
async function* stalling(first: Buffer, isSent: () => void): AsyncGenerator<Buffer> {
  yield first
  isSent()
  await new Promise(() => {})
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
      await job.environment.writeArchive(projectDirectory, Readable.from(tar), never)
      await job.run(`cat ${projectDirectory}/in/file; echo more > ${projectDirectory}/in/file`)
      expect(job.trace.stdout).toBe('content')
      const files: Record<string, string> = {}
      const archive = await job.environment.readArchive(`${projectDirectory}/in`, never)
      for await (const { header, body } of tarEntries(archive ?? Readable.from([]))) {
        if (header.type === 'file') files[header.name] = await text(body)
      }
      expect(files).toEqual({ 'in/file': 'more\n' })
      expect(await job.environment.readArchive(`${projectDirectory}/nowhere`, never)).toBeUndefined()
    })

    test('what is unpacked is the own of the scripts, with the directories made for it', async () => {
      await using job = await open()
      const { projectDirectory } = job.place
      const tar = makeTar(async (add) => {
        const [name, content] = ['deep/run', Buffer.from('echo run\n')]
        await add({ name: 'deep/', type: 'directory', mode: 0o700, uid: 4321, gid: 4321 })
        await add({ name, mode: 0o700, size: content.length, uid: 4321, gid: 4321 }, chunks(content))
        await add({ name: 'link', type: 'symlink', linkname: 'deep/run', uid: 4321, gid: 4321 })
      })
      await job.environment.writeArchive(`${projectDirectory}/not/there`, tar, never)
      await job.environment.makeDirectories([`${projectDirectory}/not/here/either`, projectDirectory], never)
      const script = [
        `cd ${projectDirectory}/not`,
        './there/link',
        'for path in . there there/deep there/link there/deep/run here here/either',
        '  do test -O "$path" || echo "$path is not mine"; done',
        'echo more >> there/deep/run; echo x > here/either/x; cat there/deep/run',
      ]
      expect((await job.run(script.join('\n'))).exitCode).toBe(0)
      expect(job.trace.output).toBe('run\necho run\nmore\n')
    })

    test('a directory that is there stays as it is; a link to one is followed', async () => {
      await using job = await open()
      const { projectDirectory } = job.place
      await job.run(
        `cd ${projectDirectory}; mkdir -p real; ln -s real link; chmod 711 real; echo kept > real/file`,
      )
      await job.environment.makeDirectories(
        [`${projectDirectory}/link/new`, `${projectDirectory}/real`],
        never,
      )
      const tar = makeTar((add) => add({ name: 'other', size: 6 }, chunks(Buffer.from('other\n'))))
      await job.environment.writeArchive(`${projectDirectory}/link`, tar, never)
      await job.run(
        `cd ${projectDirectory}; ls -d link/new; cat real/file real/other; ls -ld real | cut -c1-10`,
      )
      expect(job.trace.stdout).toBe('link/new\nkept\nother\ndrwx--x--x\n')
    })

    test('an archive that breaks, or is no longer wanted, ends with the reason, and other work goes on', async () => {
      await using job = await open()
      const { projectDirectory } = job.place
      const trouble = new Error('the archive broke')
      const broken = makeTar(async (add) => {
        await add({ name: 'large', size: 50_000_000 }, failing(Buffer.alloc(1_000_000), trouble))
      })
      await expect(job.environment.writeArchive(projectDirectory, broken, never)).rejects.toBe(trouble)

      const enough = new Error('enough')
      const stop = new AbortController()
      const endless = makeTar(async (add) => {
        await add(
          { name: 'large', size: 50_000_000 },
          stalling(Buffer.alloc(1_000_000), () => stop.abort(enough)),
        )
      })
      await expect(job.environment.writeArchive(projectDirectory, endless, stop.signal)).rejects.toThrow()
      expect(endless.destroyed).toBe(true)

      await job.run(`head -c 50000000 /dev/zero > ${projectDirectory}/zeros`)
      const unread = await job.environment.readArchive(`${projectDirectory}/zeros`, never)
      unread?.destroy()
      expect((await job.run('echo goes on')).exitCode).toBe(0)
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
