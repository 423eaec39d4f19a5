import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { controlSocketPath } from '../../server/control-socket.ts'
import { type CliContext, EXIT_FAILED } from '../context.ts'
import { attachTo, type LocalServer } from '../run/local-server.ts'
import { RunRefused } from '../run/run-refused.ts'

/** Opening a large storage after a crash takes a moment. */
const START_DEADLINE_MS = 60_000
const POLL_MS = 50
/** What a server takes to end (`serve` allows itself 40 s), and then some. */
const STOP_DEADLINE_MS = 45_000

export interface HeldServerOrder {
  /** Of `serve`. */
  readonly flags: readonly string[]
  /** The directory that those flags mean. */
  readonly storage: string
}

/**
 * A server that is a child of this process, in its process group. It ends when it is told to, and when this process
 * does, however that happens: it watches its standard input.
 */
export class HeldServer {
  /** Its exit code, or 128 and the number of the signal that ended it. */
  readonly ended: Promise<number>
  readonly #child: ChildProcess
  readonly #storage: string
  readonly #clock: CliContext['clock']
  readonly #isOver = new AbortController()

  static start(
    { flags, storage }: HeldServerOrder,
    { self: [program, ...options], env, cwd, clock }: CliContext,
  ): HeldServer {
    const child = spawn(program, [...options, 'serve', '--held', ...flags], {
      cwd,
      env,
      // Its log is written by itself: it goes on when we are gone.
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    return new HeldServer(child, storage, clock)
  }

  private constructor(child: ChildProcess, storage: string, clock: CliContext['clock']) {
    this.#child = child
    this.#storage = storage
    this.#clock = clock
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      )
      child.once('error', () => resolve(EXIT_FAILED))
    })
    // It may be gone before we close it.
    child.stdin?.on('error', () => {})
    void this.ended.then(() => this.#isOver.abort())
  }

  get isOver(): boolean {
    return this.#isOver.signal.aborted
  }

  /**
   * Waits until it can be asked.
   * @throws RunRefused when it ended, or takes too long
   */
  async hold(): Promise<LocalServer> {
    const { signal } = this.#isOver
    for (let waitedMs = 0; waitedMs < START_DEADLINE_MS && !signal.aborted; waitedMs += POLL_MS) {
      const held = await attachTo(controlSocketPath(this.#storage))
      if (held !== undefined) return held
      await this.#clock.sleep(POLL_MS, signal).catch(() => {})
    }
    const told = signal.aborted ? 'has ended' : 'did not start in time'
    throw new RunRefused(`the cache on ${this.#storage} ${told}: its log says why`)
  }

  /**
   * Lets it end its replies. What does not end is killed.
   * @returns see `ended`
   */
  async stop(): Promise<number> {
    this.#child.stdin?.end()
    this.#clock.sleep(STOP_DEADLINE_MS, this.#isOver.signal).then(
      () => this.kill(),
      () => {},
    )
    return await this.ended
  }

  /** At once. Its storage takes no harm. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
