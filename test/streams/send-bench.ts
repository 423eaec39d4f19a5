import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BufferPool } from '../../src/streams/buffer-pool.ts'
import { FileRange } from '../../src/streams/file-range.ts'
import type { RangeReader } from '../../src/streams/range-reader.ts'
import { sendRange } from '../../src/streams/send.ts'
import { SharedFile } from '../../src/streams/shared-file.ts'
import { CAN_LIST_DESCRIPTORS, openBelow } from '../support/open-descriptors.ts'
import { makeTempDir, type TempDir } from '../support/temp-dir.ts'

/** A file on the disk, and connections over which it can be sent. */
export class SendBench implements AsyncDisposable {
  readonly #dir: TempDir
  readonly #path: string
  readonly #content: Buffer
  readonly #server: Server
  readonly #accepted: ((socket: Socket) => void)[] = []

  private constructor(dir: TempDir, content: Buffer) {
    this.#dir = dir
    this.#path = join(dir.path, 'content')
    this.#content = content
    this.#server = createServer((socket) => {
      socket.on('error', () => {})
      this.#accepted.shift()?.(socket)
    })
  }

  static async open(content: Buffer): Promise<SendBench> {
    const bench = new SendBench(await makeTempDir(), content)
    await writeFile(bench.#path, content)
    bench.#server.listen(0, '127.0.0.1')
    await once(bench.#server, 'listening')
    return bench
  }

  /** A connection: what the server writes to, and a client that reads nothing yet. */
  async connection(): Promise<{ sink: Socket; client: Socket }> {
    const sink = new Promise<Socket>((resolve) => this.#accepted.push(resolve))
    const client = connect((this.#server.address() as AddressInfo).port, '127.0.0.1')
    client.on('error', () => {})
    client.pause()
    await once(client, 'connect')
    return { sink: await sink, client }
  }

  openFile(): SharedFile {
    return new SharedFile(openSync(this.#path, 'r'))
  }

  openContent(start = 0, end = this.#content.length): FileRange {
    const file = this.openFile()
    const reader = new FileRange(file, start, end)
    void file.release()
    return reader
  }

  /** Fails the test when a file was left open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
    const left = CAN_LIST_DESCRIPTORS ? openBelow(this.#dir.path) : []
    await this.#dir[Symbol.asyncDispose]()
    expect(left).toEqual([])
  }
}

/** Sends as a request handler does: disposes the reader, and destroys the sink of what failed. */
export async function send(
  reader: RangeReader,
  sink: Socket,
  pool: BufferPool,
  stallMs?: number,
): Promise<number> {
  try {
    await using owned = reader
    return await sendRange(owned, sink, pool, stallMs)
  } catch (error) {
    sink.destroy()
    throw error
  }
}

export async function receive(client: Socket): Promise<{ sizeBytes: number; hash: string }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of client) {
    hash.update(chunk)
    sizeBytes += chunk.length
  }
  return { sizeBytes, hash: hash.digest('hex') }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
