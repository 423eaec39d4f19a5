import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

export class ChildFailed extends Error {
  override readonly name = 'ChildFailed'
  readonly code = 'CHILD_FAILED'
}

/** No child outlives this, whatever happens to the benchmark. */
const MAX_RUN_MS = 30 * 60_000
const STOP_TIMEOUT_MS = 40_000
const READY_TIMEOUT_MS = 20_000
const READY_POLL_MS = 10

/** A server under measurement. Its output goes to a file: reading it here would take the load's share of the CPU. */
export class Child implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #logPath: string
  readonly #exited: Promise<unknown>

  constructor(file: string, args: readonly string[], logPath: string, cwd: string) {
    this.#logPath = logPath
    const log = openSync(logPath, 'a')
    this.#child = spawn(file, args, { cwd, stdio: ['ignore', log, log], timeout: MAX_RUN_MS })
    closeSync(log)
    const stopWithUs = () => this.#child.kill('SIGTERM')
    process.once('exit', stopWithUs)
    this.#exited = once(this.#child, 'exit').finally(() => process.off('exit', stopWithUs))
    this.#exited.catch(() => undefined)
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new ChildFailed('the process did not start')
    return this.#child.pid
  }

  get log(): Promise<string> {
    return readFile(this.#logPath, 'utf8')
  }

  /** Resolves when `url` answers 200. Errors: ChildFailed, with the end of the output. */
  async ready(url: string): Promise<void> {
    const giveUpAt = performance.now() + READY_TIMEOUT_MS
    while (performance.now() < giveUpAt && this.#child.exitCode === null && this.#child.signalCode === null) {
      const reply = await fetch(url, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch(() => undefined)
      await reply?.body?.cancel()
      if (reply?.status === 200) return
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
    }
    throw new ChildFailed(`not ready: ${(await this.log).slice(-2000)}`)
  }

  /** SIGTERM, then SIGKILL at the deadline. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#exited.catch(() => undefined)
    clearTimeout(timer)
  }
}
