import type { Clock } from '../clock.ts'

/** How long records are gathered: what a crash may forget of them. */
const FLUSH_MS = 5_000

export interface WriteBehindOptions<T> {
  /** With so many records they are written at once. */
  readonly limit: number
  /** Is called with one set of records after the other, and does not throw. */
  readonly write: (records: readonly T[]) => Promise<void>
  readonly clock: Clock
}

/** Gathers records that many requests change, and writes them down every few seconds instead of with each. */
export class WriteBehind<T> {
  readonly #options: WriteBehindOptions<T>
  readonly #stop = new AbortController()
  #gathered = new Map<string, T>()
  #writing: Promise<void> = Promise.resolve()
  #timer: Promise<void> | undefined

  constructor(options: WriteBehindOptions<T>) {
    this.#options = options
  }

  /** A record that is not written yet, and can still be changed. */
  get(key: string): T | undefined {
    return this.#gathered.get(key)
  }

  set(key: string, record: T): void {
    this.#gathered.set(key, record)
    if (this.#gathered.size >= this.#options.limit) void this.flush()
    else this.#timer ??= this.#flushLater()
  }

  /** Writes down everything gathered until now. */
  flush(): Promise<void> {
    const records = [...this.#gathered.values()]
    this.#gathered = new Map()
    if (records.length > 0) this.#writing = this.#writing.then(() => this.#options.write(records))
    return this.#writing
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#timer
    await this.flush()
  }

  async #flushLater(): Promise<void> {
    try {
      await this.#options.clock.sleep(FLUSH_MS, this.#stop.signal)
    } catch {
      return
    }
    this.#timer = undefined
    await this.flush()
  }
}
