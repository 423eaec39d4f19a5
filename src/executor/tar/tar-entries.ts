import type { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import { TarInvalid } from './tar-invalid.ts'

export interface TarEntry {
  readonly header: Header
  /** To be read before the next entry; what is left of it is skipped. */
  readonly body: AsyncIterable<Buffer>
}

/**
 * The entries of an archive, one after the other. Ending early ends the stream.
 * @throws what the stream throws; TarInvalid, also while a body is read
 */
export async function* tarEntries(tar: Readable): AsyncGenerator<TarEntry, void, undefined> {
  const entries = extract()
  let broken: Error | undefined
  // Neither end of a pipe hears of the other's failure.
  tar.once('error', (error) => {
    broken = error
    entries.destroy(error)
  })
  tar.once('close', () => {
    if (!tar.readableEnded) entries.destroy(new TarInvalid('it ended before its end'))
  })
  const explain = (error: unknown): unknown => {
    if (error === broken || error instanceof TarInvalid) return error
    return new TarInvalid((error as Error).message, error)
  }
  try {
    for await (const entry of explained(tar.pipe(entries), explain)) {
      yield { header: entry.header, body: explained(entry as AsyncIterable<Buffer>, explain) }
      entry.resume()
    }
  } finally {
    entries.destroy()
    tar.destroy()
  }
}

/** The same, with other errors. */
async function* explained<T>(
  source: AsyncIterable<T>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* source
  } catch (error) {
    throw explain(error)
  }
}
