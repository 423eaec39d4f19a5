import type { RangeReader } from '../streams/range-reader.ts'

/** A reader whose failures are told in the words for clients. */
export class ExplainedRange implements RangeReader {
  readonly #reader: RangeReader
  readonly #explain: (error: unknown) => Error

  constructor(reader: RangeReader, explain: (error: unknown) => Error) {
    this.#reader = reader
    this.#explain = explain
  }

  async ready(): Promise<void> {
    try {
      await this.#reader.ready()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  async read(into: Buffer): Promise<number> {
    try {
      return await this.#reader.read(into)
    } catch (error) {
      throw this.#explain(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]()
  }
}
