export interface Coalesced<T> {
  readonly result: Promise<T>
  /** False for the one who started the work. */
  readonly joined: boolean
}

/** Work that many ask for at once is done once, and settles alike for everyone. Nothing is remembered after. */
export class Coalescer<T> {
  readonly #running = new Map<string, Promise<T>>()

  run(key: string, work: () => Promise<T>): Coalesced<T> {
    const running = this.#running.get(key)
    if (running !== undefined) return { result: running, joined: true }
    const result = work().finally(() => this.#running.delete(key))
    this.#running.set(key, result)
    return { result, joined: false }
  }
}
