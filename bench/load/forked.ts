import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { LoadFailed } from './load-failed.ts'

/** No load process outlives this. */
const MAX_RUN_MS = 30 * 60_000

/** A load in a process of its own, that takes orders and sends reports. It says `ready` when it can. */
export class Forked<Order extends object, Report> implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** @param execArgv options of Node for the process; those of this one unless they are given */
  static async start<Order extends object, Report>(
    module: URL,
    execArgv: readonly string[] = process.execArgv,
  ): Promise<Forked<Order, Report>> {
    const child = fork(module, { timeout: MAX_RUN_MS, execArgv: [...execArgv] })
    const forked = new Forked<Order, Report>(child)
    await forked.#next()
    return forked
  }

  /** One order at a time. Errors: LoadFailed when the process ends first. */
  async ask(order: Order): Promise<Report> {
    const report = this.#next()
    this.#child.send(order)
    return (await report) as Report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown) => {
        this.#child.off('exit', onExit)
        resolve(message)
      }
      const onExit = () => {
        this.#child.off('message', onMessage)
        reject(new LoadFailed('a load process ended'))
      }
      this.#child.once('message', onMessage)
      this.#child.once('exit', onExit)
    })
  }
}
