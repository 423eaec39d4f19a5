import type { SignalSource, StopSignal } from './context.ts'

const SIGNAL_NUMBERS: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 }

/** A command ended before its work was done, because a signal asked it to. */
export class CommandStopped extends Error {
  override readonly name = 'CommandStopped'
  /** What shells give to a process ended by that signal. */
  readonly exitCode: number

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`)
    this.exitCode = 128 + SIGNAL_NUMBERS[signal]
  }
}

/**
 * The wish to stop. The first signal asks; the second does not ask again, and ends the process with the exit
 * code that shells give to a process ended by it.
 */
export class StopRequest {
  /** Resolves with the first signal. */
  readonly requested: Promise<StopSignal>
  readonly #signals: SignalSource
  readonly #listeners: Readonly<Record<StopSignal, () => void>>

  constructor(signals: SignalSource, exit: (code: number) => void) {
    let first: StopSignal | undefined
    let resolve: (signal: StopSignal) => void
    this.requested = new Promise((settle) => {
      resolve = settle
    })
    const listen = (signal: StopSignal) => () => {
      if (first !== undefined) return exit(128 + SIGNAL_NUMBERS[signal])
      first = signal
      resolve(signal)
    }
    this.#signals = signals
    this.#listeners = { SIGINT: listen('SIGINT'), SIGTERM: listen('SIGTERM') }
    signals.on('SIGINT', this.#listeners.SIGINT)
    signals.on('SIGTERM', this.#listeners.SIGTERM)
  }

  [Symbol.dispose](): void {
    this.#signals.off('SIGINT', this.#listeners.SIGINT)
    this.#signals.off('SIGTERM', this.#listeners.SIGTERM)
  }
}
