/** What was read of a pipeline so far. Jobs share much of what they are made of, and the same rules stand everywhere. */
export class KnownValues {
  readonly #byReader = new Map<unknown, Map<unknown, unknown>>()

  /**
   * What the reader made of the first source with that key.
   * @param key what makes sources equal; a text is its own
   */
  recall<Source, Value>(read: (source: Source) => Value, source: Source, key: unknown = source): Value {
    let known = this.#byReader.get(read)
    if (known === undefined) {
      known = new Map()
      this.#byReader.set(read, known)
    }
    if (!known.has(key)) known.set(key, read(source))
    return known.get(key) as Value
  }
}
