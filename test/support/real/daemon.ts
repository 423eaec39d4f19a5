import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface DaemonOptions {
  readonly file: string
  readonly args: readonly string[]
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface DaemonExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class DaemonFailed extends Error {
  override readonly name = 'DaemonFailed'
  readonly code = 'DAEMON_FAILED'

  constructor(what: string, lines: readonly string[]) {
    super(`${what}; its last lines:\n${lines.slice(-15).join('\n')}`)
  }
}

type LineListener = (line: string) => void

/** A long-running child process whose output is kept by line. Disposing it stops it. */
export class Daemon implements AsyncDisposable {
  readonly #file: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #listeners = new Set<LineListener>()
  readonly #exited: Promise<DaemonExit>
  #ended = false

  constructor({ file, args, env, cwd }: DaemonOptions) {
    this.#file = file
    this.#child = spawn(file, args, {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#take(line))
    }
    const killWithUs = () => this.#child.kill('SIGKILL')
    process.once('exit', killWithUs)
    this.#exited = new Promise((resolve) => {
      const ended = (exit: DaemonExit) => {
        process.off('exit', killWithUs)
        this.#ended = true
        resolve(exit)
      }
      // 'close', not 'exit': only then has all of its output been read.
      this.#child.once('close', (code, signal) => ended({ code, signal }))
      this.#child.once('error', (error) => {
        this.#take(String(error))
        ended({ code: null, signal: null })
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Standard output and standard error, in the order they were read. */
  get lines(): readonly string[] {
    return this.#lines
  }

  get exited(): Promise<DaemonExit> {
    return this.#exited
  }

  /** The first line, past or future, that `matches`. Errors: DaemonFailed when it ends or time runs out. */
  async waitForLine(matches: (line: string) => boolean, timeoutMs = 20_000): Promise<string> {
    const past = this.#lines.find(matches)
    if (past !== undefined) return past
    return await new Promise<string>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
        act()
      }
      const listener: LineListener = (line) => {
        if (matches(line)) settle(() => resolve(line))
      }
      const fail = (what: string) =>
        settle(() => reject(new DaemonFailed(`${this.#file} ${what}`, this.#lines)))
      const timer = setTimeout(() => fail('did not say it in time'), timeoutMs)
      this.#listeners.add(listener)
      this.#exited.then(({ code, signal }) => fail(`ended (${code ?? signal})`))
    })
  }

  /** Sends a signal and waits for the end; SIGKILL follows at the deadline. Safe to call twice. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 15_000): Promise<DaemonExit> {
    if (this.#ended) return this.#exited
    this.#child.kill(signal)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeoutMs)
    try {
      return await this.#exited
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #take(line: string): void {
    this.#lines.push(line)
    for (const listener of this.#listeners) listener(line)
  }
}
