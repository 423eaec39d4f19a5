import type { RangeReader } from './range-reader.ts'
import type { SharedFile } from './shared-file.ts'

/** A file that is shorter than it was: somebody cut it after it was opened. */
export class FileTruncated extends Error {
  override readonly name = 'FileTruncated'

  constructor(positionBytes: number) {
    super(`the file ends before byte ${positionBytes}, which it had before`)
  }
}

/** The bytes from `start` up to `end` (exclusive) of a file that no longer changes. */
export class FileRange implements RangeReader {
  readonly #file: SharedFile
  #position: number
  readonly #end: number
  #disposed = false

  constructor(file: SharedFile, start: number, end: number) {
    this.#file = file.retain()
    this.#position = start
    this.#end = end
  }

  async ready(): Promise<void> {}

  async read(into: Buffer): Promise<number> {
    const wanted = Math.min(into.length, this.#end - this.#position)
    if (wanted <= 0) return 0
    const count = await this.#file.read(into, wanted, this.#position)
    if (count === 0) throw new FileTruncated(this.#position)
    this.#position += count
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    await this.#file.release()
  }
}
