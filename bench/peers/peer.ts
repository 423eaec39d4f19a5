export type PeerName = 'docker-registry' | 'nginx' | 'Entrepot'

/** A running cache with an empty storage of its own. Disposing it stops it and removes what it stored. */
export interface Peer extends AsyncDisposable {
  readonly name: PeerName
  /** `http://127.0.0.1:40001`. */
  readonly url: string
  /** The main process; workers are its children. */
  readonly pid: number
  /** Milliseconds from the spawn to the first 200. */
  readonly startedInMs: number
  /** What it has printed since it was first started. */
  readonly log: Promise<string>
  /** Safe to call twice. */
  stop(): Promise<void>
  /** Starts it again, on what it has stored. Errors: ChildFailed. */
  start(): Promise<void>
}

/** What a question needs to be other than usual. */
export interface PeerOptions {
  /** Folder for what is stored; default a scratch folder. */
  readonly storage?: string
  /** Settings of Entrepot in place of the usual ones; the others have no such settings. */
  readonly settings?: object
  /** For Entrepot's Node, before the program. */
  readonly nodeArgs?: readonly string[]
}

export interface PeerKind {
  readonly name: PeerName
  /** How to install what is missing; undefined when nothing is. */
  missing(): string | undefined
  start(upstreamUrl: string, options?: PeerOptions): Promise<Peer>
}
