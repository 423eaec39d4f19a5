import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { CliContext, RunnerSignal, StopSignal } from '../../src/cli/context.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { StartServer } from '../../src/cli/serve-until-stopped.ts'
import type { Clock } from '../../src/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A command line that runs inside the test, with everything it does to its process written down. */
export class CliProcess {
  readonly clock = new FakeClock()
  readonly exits: number[] = []
  readonly #signals = new EventEmitter()
  readonly #written = { out: '', err: '' }

  run(
    args: readonly string[],
    options: {
      cwd?: string
      start?: StartServer
      clock?: Clock
      env?: NodeJS.ProcessEnv
      stdin?: AsyncIterable<string>
    } = {},
  ): Promise<number> {
    const context: CliContext = {
      env: options.env ?? {},
      cwd: options.cwd ?? '/nonexistent',
      self: [process.execPath, '-e', 'process.exit(1)'],
      stdin: options.stdin ?? Readable.from([]),
      stdout: { write: (text) => this.#write('out', text) },
      stderr: { write: (text) => this.#write('err', text) },
      signals: this.#signals,
      clock: options.clock ?? this.clock,
      exit: (code) => this.exits.push(code),
    }
    return runProgram(args, context, async () => options.start ?? refuseToStart)
  }

  get out(): string {
    return this.#written.out
  }

  get err(): string {
    return this.#written.err
  }

  signal(name: StopSignal | RunnerSignal): void {
    this.#signals.emit(name)
  }

  listenerCount(name: StopSignal): number {
    return this.#signals.listenerCount(name)
  }

  #write(stream: 'out' | 'err', text: string): void {
    this.#written[stream] += text
  }
}

const refuseToStart: StartServer = () => Promise.reject(new Error('this test wants no server'))
