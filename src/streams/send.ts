import type { Writable } from 'node:stream'
import { type BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from './buffer-pool.ts'
import type { RangeReader } from './range-reader.ts'

/** A client that takes a chunk within this time keeps up, and gets large chunks that are read ahead. */
const KEEPS_UP_MS = 100

/** A client that takes nothing of a chunk for this long is gone, or means harm. */
export const CLIENT_STALL_MS = 60_000

/** The client closed the connection, or stopped reading, before it had everything. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/**
 * Sends a range to a client at the client's own pace, through buffers of the pool. Resolves with the number
 * of bytes when all are written; the sink is left open. One write is under way at a time, and one chunk is
 * read ahead while the client keeps up: a slow client holds one small buffer, a waiting one none.
 *
 * @throws ClientGone, or the error of the reader; then the sink must be destroyed, never ended
 */
export async function sendRange(
  reader: RangeReader,
  sink: Writable,
  pool: BufferPool,
  stallMs = CLIENT_STALL_MS,
): Promise<number> {
  const writer = new ChunkWriter(sink, pool, stallMs)
  let sentBytes = 0
  try {
    for (;;) {
      if (!writer.keepsUp) await writer.idle()
      await writer.unlessClosed(reader.ready())
      const small = sentBytes === 0 || !writer.keepsUp || pool.scarce
      const chunk = await readChunk(reader, pool, small ? SMALL_CHUNK_BYTES : LARGE_CHUNK_BYTES)
      if (chunk === undefined) break
      try {
        await writer.idle()
      } catch (error) {
        pool.release(chunk.buffer)
        throw error
      }
      writer.write(chunk.buffer, chunk.count)
      sentBytes += chunk.count
    }
    await writer.idle()
    return sentBytes
  } finally {
    writer.close()
  }
}

async function readChunk(
  reader: RangeReader,
  pool: BufferPool,
  sizeBytes: number,
): Promise<{ buffer: Buffer; count: number } | undefined> {
  const buffer = await pool.acquire(sizeBytes)
  let count = 0
  try {
    count = await reader.read(buffer)
  } finally {
    if (count === 0) pool.release(buffer)
  }
  return count === 0 ? undefined : { buffer, count }
}

/** One write at a time, each with a deadline; knows whether the client keeps up. */
class ChunkWriter {
  keepsUp = true
  readonly #sink: Writable
  readonly #pool: BufferPool
  readonly #stallMs: number
  readonly #closed: Promise<never>
  #reject: (error: Error) => void = () => {}
  #writing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(sink: Writable, pool: BufferPool, stallMs: number) {
    this.#sink = sink
    this.#pool = pool
    this.#stallMs = stallMs
    this.#closed = new Promise((_, reject) => {
      this.#reject = reject
    })
    this.#closed.catch(() => {})
    sink.once('close', this.#onClose)
    if (sink.destroyed) this.#onClose()
  }

  /** Waits for `work`, or fails when the client leaves meanwhile. */
  unlessClosed<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#closed])
  }

  /** Resolves when the client has taken what was written. */
  async idle(): Promise<void> {
    if (this.#writing === undefined) return
    await this.unlessClosed(this.#writing)
    this.#writing = undefined
  }

  write(buffer: Buffer, count: number): void {
    const startedAt = performance.now()
    this.#timer ??= setTimeout(() => this.#onStall(), this.#stallMs)
    this.#timer.refresh()
    this.#writing = new Promise((resolve, reject) => {
      this.#sink.write(count === buffer.length ? buffer : buffer.subarray(0, count), (error) => {
        if (error) {
          // Nobody says whether the kernel is done with it.
          this.#pool.forget(buffer)
          return reject(new ClientGone('the client closed the connection', { cause: error }))
        }
        this.#pool.release(buffer)
        this.keepsUp = performance.now() - startedAt < KEEPS_UP_MS
        resolve()
      })
    })
    this.#writing.catch(() => {})
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#sink.off('close', this.#onClose)
  }

  #onClose = (): void => {
    this.#reject(new ClientGone('the client closed the connection'))
  }

  #onStall(): void {
    if (this.#writing === undefined) return
    this.#reject(new ClientGone(`the client took nothing for ${this.#stallMs} ms`))
  }
}
