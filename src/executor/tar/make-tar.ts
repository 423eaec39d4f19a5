import { Readable } from 'node:stream'
import { type Pack, pack } from 'tar-stream'
import type { TarHeader } from './tar-header.ts'

/** Writes one entry, as fast as the archive is read. A body has exactly as many bytes as the header says. */
export type AddEntry = (header: TarHeader, body?: AsyncIterable<Buffer>) => Promise<void>

/**
 * An archive that is made while it is read.
 * @param fill what it throws, the stream throws
 */
export function makeTar(fill: (add: AddEntry) => Promise<void>): Readable {
  const tar = pack()
  // Who reads hears of it; nobody else has to.
  tar.on('error', () => {})
  fill((header, body) => addEntry(tar, header, body)).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  )
  return Readable.from(tar)
}

function addEntry(tar: Pack, header: TarHeader, body: AsyncIterable<Buffer> = empty()): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()))
    if (isFile(header)) pour(body, sink).catch(reject)
  })
}

function isFile({ type = 'file' }: TarHeader): boolean {
  return type === 'file' || type === 'contiguous-file'
}

async function pour(body: AsyncIterable<Buffer>, sink: ReturnType<Pack['entry']>): Promise<void> {
  let wake = () => {}
  sink.on('drain', () => wake())
  sink.on('close', () => wake())
  sink.on('error', () => {})
  for await (const chunk of body) {
    if (sink.destroyed) return
    if (sink.write(chunk)) continue
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  sink.end(null)
}

async function* empty(): AsyncGenerator<Buffer> {}
