import type { Clock } from '../clock.ts'

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  hasColors?(): boolean
  readonly columns?: number
}

export type StopSignal = 'SIGTERM' | 'SIGINT'

/** Of a runner: take no more jobs; read the settings again. */
export type RunnerSignal = 'SIGQUIT' | 'SIGHUP'

export interface SignalSource {
  on(signal: StopSignal | RunnerSignal, listener: () => void): unknown
  off(signal: StopSignal | RunnerSignal, listener: () => void): unknown
}

/** What a command gets from the process that it runs in. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** What starts this program again: the interpreter, its options, the program. */
  readonly self: readonly [string, ...string[]]
  /** What a person or a script answers. Read only by commands that ask. */
  readonly stdin: AsyncIterable<Buffer | string>
  /** For data. */
  readonly stdout: Output
  /** For talk. */
  readonly stderr: Output
  readonly signals: SignalSource
  readonly clock: Clock
  /** Ends the process now. Only for what cannot end by itself: everything else returns an exit code. */
  readonly exit: (code: number) => void
}

/** Does the work of a command, and takes its exit code. */
export type RunCommand = (work: () => Promise<number>) => Promise<void>

export const EXIT_OK = 0
/** Something went wrong that other settings would not have prevented. */
export const EXIT_FAILED = 1
/** Wrong use: flags, settings, or a storage that another server has. */
export const EXIT_REFUSED = 2
/** What a job needs cannot be used: the engine, or the proxy. */
export const EXIT_UNUSABLE = 3
