import type { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'

export interface TarEntry {
  readonly header: Header
  /** To be read before the next entry; what is left of it is skipped. */
  readonly body: AsyncIterable<Buffer>
}

/**
 * The entries of an archive, one after the other. Ending early ends the stream.
 * @throws what the stream throws, or that it is no tar
 */
export async function* tarEntries(tar: Readable): AsyncGenerator<TarEntry, void, undefined> {
  const entries = extract()
  // Neither end of a pipe hears of the other's failure.
  tar.once('error', (error) => entries.destroy(error))
  tar.once('close', () => {
    if (!tar.readableEnded) entries.destroy(new Error('the archive ended before its end'))
  })
  try {
    for await (const entry of tar.pipe(entries)) {
      yield { header: entry.header, body: entry as AsyncIterable<Buffer> }
      entry.resume()
    }
  } finally {
    entries.destroy()
    tar.destroy()
  }
}
