import type { Log } from '../../log.ts'
import type { CliContext, RunnerSignal, StopSignal } from '../context.ts'

const NUMBERS: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 }

/**
 * Signals as GitLab Runner takes them: SIGQUIT, no more jobs; SIGTERM and SIGINT, jobs are ended, and a second one
 * ends the process at once; SIGHUP, the settings are read again.
 */
export class RunnerSignals {
  readonly drain = new AbortController()
  readonly abort = new AbortController()
  readonly #context: Pick<CliContext, 'signals' | 'exit'>
  readonly #listeners: Readonly<Record<StopSignal | RunnerSignal, () => void>>

  constructor(context: Pick<CliContext, 'signals' | 'exit'>, log: Log, reload: () => void) {
    const stop = (signal: StopSignal) => () => {
      if (this.abort.signal.aborted) return context.exit(128 + NUMBERS[signal])
      log.info({ event: 'runner.stopping', signal }, 'stopping: jobs are ended; once more ends at once')
      this.abort.abort()
    }
    const drain = () => {
      log.info({ event: 'runner.draining' }, 'no more jobs: those that run go on to their end')
      this.drain.abort()
    }
    this.#context = context
    this.#listeners = {
      SIGTERM: stop('SIGTERM'),
      SIGINT: stop('SIGINT'),
      SIGQUIT: drain,
      SIGHUP: reload,
    }
    for (const signal of SIGNALS) context.signals.on(signal, this.#listeners[signal])
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) this.#context.signals.off(signal, this.#listeners[signal])
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const
