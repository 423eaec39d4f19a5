import type { Writable } from 'node:stream'
import { type BufferPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from './buffer-pool.ts'
import type { RangeReader } from './range-reader.ts'

/** A client that takes a chunk within this time keeps up, and gets large chunks that are read ahead. */
const KEEPS_UP_MS = 100

/** A client that has not taken a chunk after this long is gone, or means harm. */
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
 * @param onSent told of every chunk that was handed to the sink
 * @throws ClientGone, or the error of the reader; then the sink must be destroyed, never ended
 */
export async function sendRange(
  reader: RangeReader,
  sink: Writable,
  pool: BufferPool,
  stallMs = CLIENT_STALL_MS,
  onSent: (bytes: number) => void = () => {},
): Promise<number> {
  const writer = new ChunkWriter(sink, pool, stallMs)
  let sentBytes = 0
  try {
    for (;;) {
      if (!writer.keepsUp) await writer.idle()
      await writer.unlessGone(reader.ready())
      const large = writer.keepsUp && !pool.scarce
      const buffer = await acquire(pool, large ? LARGE_CHUNK_BYTES : SMALL_CHUNK_BYTES, writer)
      let count = 0
      try {
        count = await reader.read(buffer)
        await writer.idle()
      } catch (error) {
        pool.release(buffer)
        throw error
      }
      if (count === 0) {
        pool.release(buffer)
        return sentBytes
      }
      writer.write(buffer, count)
      sentBytes += count
      onSent(count)
    }
  } finally {
    writer.close()
  }
}

/** A client may leave while it waits for a buffer: what it is given then goes straight back. */
async function acquire(pool: BufferPool, sizeBytes: number, writer: ChunkWriter): Promise<Buffer> {
  const acquired = pool.acquire(sizeBytes)
  if (Buffer.isBuffer(acquired)) return acquired
  try {
    return await writer.unlessGone(acquired)
  } catch (error) {
    acquired.then((buffer) => pool.release(buffer))
    throw error
  }
}

/**
 * One write at a time, each with a deadline; knows whether the client keeps up, and whether it is still there.
 * One wait at a time too.
 */
class ChunkWriter {
  /** Earned with the first chunk: who never takes one holds one small buffer and no more. */
  keepsUp = false
  readonly #sink: Writable
  readonly #pool: BufferPool
  readonly #stallMs: number
  /** The buffer of the write that is under way. */
  #writing: Buffer | undefined
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #gone: ClientGone | undefined
  #endWait: (gone: ClientGone) => void = () => {}
  #becomeIdle: () => void = () => {}

  constructor(sink: Writable, pool: BufferPool, stallMs: number) {
    this.#sink = sink
    this.#pool = pool
    this.#stallMs = stallMs
    sink.once('close', this.#onClose)
    if (sink.destroyed) this.#onClose()
  }

  /** Waits for `work`, or fails when the client leaves meanwhile. */
  unlessGone<T>(work: Promise<T>): Promise<T> {
    // Not Promise.race with one lasting promise: that would keep a trace of every wait until the end.
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) reject(this.#gone)
      this.#endWait = reject
      work.then(resolve, reject)
    })
  }

  /** Resolves when the client has taken what was written. */
  async idle(): Promise<void> {
    if (this.#gone !== undefined) throw this.#gone
    if (this.#writing === undefined) return
    await this.unlessGone(
      new Promise<void>((resolve) => {
        this.#becomeIdle = resolve
      }),
    )
  }

  write(buffer: Buffer, count: number): void {
    this.#writing = buffer
    this.#startedAt = performance.now()
    this.#timer ??= setTimeout(() => this.#onStall(), this.#stallMs)
    this.#timer.refresh()
    const chunk = count === buffer.length ? buffer : buffer.subarray(0, count)
    this.#sink.write(chunk, (error) => this.#onWritten(buffer, error))
  }

  /** Lets go of the sink. What it did not confirm, it may still hold: that buffer is not used again. */
  close(): void {
    clearTimeout(this.#timer)
    this.#sink.off('close', this.#onClose)
    if (this.#writing !== undefined) this.#pool.forget(this.#writing)
    this.#writing = undefined
  }

  #onWritten(buffer: Buffer, error: Error | null | undefined): void {
    if (this.#writing !== buffer) return
    if (error) {
      this.#leave(new ClientGone('the client closed the connection', { cause: error }))
      return
    }
    this.#writing = undefined
    this.#pool.release(buffer)
    this.keepsUp = performance.now() - this.#startedAt < KEEPS_UP_MS
    this.#becomeIdle()
  }

  #onClose = (): void => this.#leave(new ClientGone('the client closed the connection'))

  #onStall(): void {
    if (this.#writing === undefined) return
    this.#leave(new ClientGone(`the client did not take a chunk within ${this.#stallMs} ms`))
  }

  #leave(gone: ClientGone): void {
    this.#gone ??= gone
    this.#endWait(this.#gone)
  }
}
