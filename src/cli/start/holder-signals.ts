import { EventEmitter } from 'node:events'
import type { CliContext, RunnerSignal, SignalSource, StopSignal } from '../context.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const

/**
 * The signals of a process that another one holds, by its standard input: SIGTERM when that ends, which it does with
 * whoever holds it, however that one ends.
 *
 * What the system sends goes to the whole group (Ctrl-C), and the holder says in which order the group ends: here it
 * is passed over. What cannot be passed over ends the process at once.
 */
export class HolderSignals implements SignalSource {
  readonly #told = new EventEmitter()
  readonly #system: SignalSource
  readonly #passOver = (): void => {}
  #isOver = false

  constructor({ signals, stdin }: Pick<CliContext, 'signals' | 'stdin'>) {
    this.#system = signals
    for (const signal of SIGNALS) signals.on(signal, this.#passOver)
    void this.#follow(stdin)
  }

  /** The end is told also to those who begin to listen after it. */
  on(signal: StopSignal | RunnerSignal, listener: () => void): void {
    this.#told.on(signal, listener)
    if (this.#isOver && signal === 'SIGTERM') queueMicrotask(listener)
  }

  off(signal: StopSignal | RunnerSignal, listener: () => void): void {
    this.#told.off(signal, listener)
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) this.#system.off(signal, this.#passOver)
  }

  async #follow(stdin: CliContext['stdin']): Promise<void> {
    try {
      // Nothing is said: only the end counts.
      for await (const _ of stdin);
    } catch {
      // A broken pipe is an end, too.
    }
    this.#isOver = true
    this.#told.emit('SIGTERM')
  }
}
