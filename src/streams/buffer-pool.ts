/** Buffers come in two sizes: for readers that keep up, and for those that do not. */
export const LARGE_CHUNK_BYTES = 1024 * 1024
export const SMALL_CHUNK_BYTES = 64 * 1024

interface Waiter {
  readonly sizeBytes: number
  readonly give: (buffer: Buffer) => void
}

/**
 * The one source of buffers for bytes on their way to clients. What is handed out never exceeds `maxBytes`:
 * who asks for more waits in order, so memory does not grow with the number or the slowness of readers.
 */
export class BufferPool {
  readonly #maxBytes: number
  readonly #idle = new Map<number, Buffer[]>()
  readonly #waiters: Waiter[] = []
  #allocatedBytes = 0
  #lentBytes = 0

  /** @throws RangeError when not even one large buffer fits: who asks for it would wait for ever */
  constructor(maxBytes: number) {
    if (maxBytes < LARGE_CHUNK_BYTES) throw new RangeError(`a pool of ${maxBytes} bytes is too small`)
    this.#maxBytes = maxBytes
  }

  /** Bytes in buffers that are lent now. */
  get lentBytes(): number {
    return this.#lentBytes
  }

  /** True while more than half is lent: a reader should then ask for small buffers. */
  get scarce(): boolean {
    return this.#lentBytes > this.#maxBytes / 2
  }

  acquire(sizeBytes: number): Promise<Buffer> | Buffer {
    if (this.#waiters.length === 0) {
      const buffer = this.#take(sizeBytes)
      if (buffer !== undefined) return buffer
    }
    return new Promise((give) => this.#waiters.push({ sizeBytes, give }))
  }

  /** Gives a buffer back. It must not be used by anyone any more, the kernel included. */
  release(buffer: Buffer): void {
    this.#lentBytes -= buffer.length
    const idle = this.#idle.get(buffer.length)
    if (idle === undefined) this.#idle.set(buffer.length, [buffer])
    else idle.push(buffer)
    this.#serveWaiters()
  }

  /** Gives up a buffer whose last user is unknown (a write that a dying socket never confirmed). */
  forget(buffer: Buffer): void {
    this.#lentBytes -= buffer.length
    this.#allocatedBytes -= buffer.length
    this.#serveWaiters()
  }

  #serveWaiters(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const buffer = this.#take(waiter.sizeBytes)
      if (buffer === undefined) return
      this.#waiters.shift()
      waiter.give(buffer)
    }
  }

  #take(sizeBytes: number): Buffer | undefined {
    let buffer = this.#idle.get(sizeBytes)?.pop()
    if (buffer === undefined) {
      if (this.#lentBytes + sizeBytes > this.#maxBytes) return undefined
      this.#trim(sizeBytes)
      buffer = Buffer.allocUnsafeSlow(sizeBytes)
      this.#allocatedBytes += sizeBytes
    }
    this.#lentBytes += sizeBytes
    return buffer
  }

  /** Drops idle buffers of other sizes until a new one fits under the ceiling. */
  #trim(sizeBytes: number): void {
    for (const idle of this.#idle.values()) {
      while (this.#allocatedBytes + sizeBytes > this.#maxBytes) {
        const dropped = idle.pop()
        if (dropped === undefined) break
        this.#allocatedBytes -= dropped.length
      }
    }
  }
}
