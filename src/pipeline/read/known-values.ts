/** What was read of a pipeline so far. Jobs share much of what they are made of, and the same rules stand everywhere. */
export class KnownValues {
  readonly #byReader = new Map<unknown, Map<unknown, unknown>>()

  /**
   * What the reader made of the source the first time.
   * @param source the same node, or an equal text
   */
  recall<Source, Value>(read: (source: Source) => Value, source: Source, key: unknown = source): Value {
    const known = this.#byReader.get(read) ?? new Map<unknown, unknown>()
    this.#byReader.set(read, known)
    if (!known.has(key)) known.set(key, read(source))
    return known.get(key) as Value
  }
}
