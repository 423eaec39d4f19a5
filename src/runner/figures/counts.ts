/** How often each of a few things has happened: those that have not are in it with 0. */
export class Counts<Key extends string> {
  readonly #counts: Map<Key, number>

  constructor(keys: readonly Key[]) {
    this.#counts = new Map(keys.map((key) => [key, 0]))
  }

  add(key: Key): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  [Symbol.iterator](): Iterator<readonly [Key, number]> {
    return this.#counts.entries()
  }
}
