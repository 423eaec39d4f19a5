import type { ComponentName } from '../support/real/component.ts'

export interface Login {
  readonly username: string
  readonly password: string
}

export interface TargetOptions {
  /** The proxy's own account at the upstream. */
  readonly login?: Login
  /** What it may keep, where a proxy can be told. */
  readonly budgetBytes?: number
  /** Default: a folder of its own. */
  readonly storage?: string
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A registry proxy in a process of its own, with a storage of its own. Disposing it kills it. */
export interface RunningTarget extends AsyncDisposable {
  /** What stands before the repository: `http://127.0.0.1:4001/v2`. The same after every start. */
  readonly base: string
  /** The same for those who may read what needs `login`; where everybody may, it is `base`. */
  readonly privateBase: string
  readonly storage: string
  /** Goes on with the same storage. */
  start(): Promise<void>
  /** Resolves when the process has ended. Safe to call twice. */
  stop(signal: NodeJS.Signals): Promise<void>
  /** Hashes what is kept and takes away what is wrong. Absent where a proxy has no such command. */
  verify?(): Promise<void>
  /** Forgets a tag and what only it needs. Resolves with how it answered. */
  remove(repository: string, tag: string, digest: string): Promise<string>
}

/** A kind of registry proxy: every scenario runs against each, and knows of it only this. */
export interface Target {
  readonly name: 'Entrepot' | 'docker-registry'
  readonly needs: readonly ComponentName[]
  version(): Promise<string>
  start(upstreamUrl: string, options: TargetOptions): Promise<RunningTarget>
}
