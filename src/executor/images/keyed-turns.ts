import { untilAborted } from '../../until-aborted.ts'

/** Lets those who want the same thing go one after the other, and others past them. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>()

  /**
   * Waits for everybody who asked for this key before, then does the work.
   * @throws the signal's reason, at once while waiting; those behind still wait for those before
   */
  async run<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before.then(async () => {
      signal.throwIfAborted()
      return await work()
    })
    const ended = turn.catch(() => undefined)
    this.#last.set(key, ended)
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    })
    await untilAborted(before, signal)
    return await turn
  }
}
