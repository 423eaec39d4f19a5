import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  Executor,
  JobEnvironment,
  JobOrder,
  PreparedEnvironment,
  StageEnd,
  StageRun,
} from '../../../src/executor/executor.ts'
import { makeTempDir, type TempDir } from '../temp-dir.ts'

/** Runs jobs in shells of this machine, each in a folder of its own: real scripts without an engine. */
export class LocalExecutor implements Executor {
  readonly name = 'local'

  open(order: JobOrder): JobEnvironment {
    return new LocalEnvironment(order)
  }

  sweep(): Promise<{ containers: number; networks: number; volumes: number }> {
    return Promise.resolve({ containers: 0, networks: 0, volumes: 0 })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

class LocalEnvironment implements JobEnvironment {
  readonly #order: JobOrder
  #home: TempDir | undefined

  constructor(order: JobOrder) {
    this.#order = order
  }

  async prepare(signal: AbortSignal): Promise<PreparedEnvironment> {
    signal.throwIfAborted()
    this.#home = await makeTempDir()
    const inHome = (path: string) => join(this.#home?.path ?? '', path)
    const project = inHome('builds/acme/shop')
    await Promise.all(
      [project, `${project}.tmp`, inHome('cache')].map((path) => mkdir(path, { recursive: true })),
    )
    return {
      hostname: 'local',
      buildsDirectory: inHome('builds'),
      projectDirectory: project,
      temporaryDirectory: `${project}.tmp`,
      cacheDirectory: inHome('cache'),
      variables: [],
    }
  }

  async run({ script }: StageRun, signal: AbortSignal): Promise<StageEnd> {
    signal.throwIfAborted()
    const child = spawn('sh', [], {
      cwd: this.#home?.path,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: this.#home?.path ?? '/' },
      detached: true,
    })
    const stop = () => killGroup(child)
    signal.addEventListener('abort', stop, { once: true })
    try {
      // A script that is not read to its end is no error: the exit code says how it ended.
      child.stdin.on('error', () => {})
      child.stdin.end(script)
      child.stdout.on('data', (chunk: Buffer) => this.#order.trace.write(chunk, 'stdout'))
      child.stderr.on('data', (chunk: Buffer) => this.#order.trace.write(chunk, 'stderr'))
      const closed = once(child, 'close')
      // As in a container: with its first process all others end.
      child.once('exit', () => killGroup(child))
      const [exitCode] = (await closed) as [number | null]
      signal.throwIfAborted()
      return { exitCode: exitCode ?? 137, explanation: undefined }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async readArchive(path: string): Promise<Readable | undefined> {
    if ((await lstat(path).catch(() => undefined)) === undefined) return undefined
    const child = spawn('tar', ['-C', dirname(path), '-c', basename(path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child, 'spawn')
    return child.stdout
  }

  async writeArchive(directory: string, tar: Readable, signal: AbortSignal): Promise<void> {
    await this.makeDirectories([directory])
    // Whose it is in the archive does not count, as root's tar would have it.
    const child = spawn('tar', ['-C', directory, '-x', '--no-same-owner'], {
      stdio: ['pipe', 'inherit', 'ignore'],
    })
    const end = once(child, 'close')
    try {
      await pipeline(tar, child.stdin, { signal })
    } finally {
      tar.destroy()
    }
    const [exitCode] = (await end) as [number | null]
    if (exitCode !== 0) throw new Error(`tar ended with ${exitCode}`)
  }

  async makeDirectories(paths: readonly string[]): Promise<void> {
    await Promise.all(paths.map((path) => mkdir(path, { recursive: true })))
  }

  async close(): Promise<void> {
    await this.#home?.[Symbol.asyncDispose]()
    this.#home = undefined
  }
}

/** With what a script left running. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
