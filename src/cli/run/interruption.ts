import { JobFailure } from '../../executor/failure.ts'
import type { CliContext, StopSignal } from '../context.ts'

const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 }
/** For the cleanup of a job that was interrupted twice. */
const CLEANUP_DEADLINE_MS = 3_000

/**
 * Signals while a job runs. The first ends its steps: after_script and the cleanup still run. The second ends it at
 * once, with 3 seconds for the cleanup.
 */
export class Interruption {
  /** See JobRun. */
  readonly cancel = new AbortController()
  readonly abort = new AbortController()
  readonly #context: CliContext
  readonly #listeners: Readonly<Record<StopSignal, () => void>>
  #exitCode: number | undefined

  constructor(context: CliContext) {
    this.#context = context
    this.#listeners = { SIGINT: () => this.#take('SIGINT'), SIGTERM: () => this.#take('SIGTERM') }
    context.signals.on('SIGINT', this.#listeners.SIGINT)
    context.signals.on('SIGTERM', this.#listeners.SIGTERM)
  }

  /** What shells give to a process that a signal ended; undefined when none came. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  [Symbol.dispose](): void {
    const { signals } = this.#context
    signals.off('SIGINT', this.#listeners.SIGINT)
    signals.off('SIGTERM', this.#listeners.SIGTERM)
  }

  #take(signal: StopSignal): void {
    const { stderr, clock, exit } = this.#context
    const reason = new JobFailure('runner_interrupted', `interrupted by ${signal}`)
    if (this.#exitCode === undefined) {
      this.#exitCode = EXIT_CODES[signal]
      stderr.write('entrepot: stopping; once more skips after_script\n')
      this.cancel.abort(reason)
      return
    }
    if (this.abort.signal.aborted) return
    const exitCode = this.#exitCode
    this.abort.abort(reason)
    clock.sleep(CLEANUP_DEADLINE_MS).then(() => exit(exitCode))
  }
}
