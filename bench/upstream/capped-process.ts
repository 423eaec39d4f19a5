import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What the parent sends, once. */
export interface CapOrder {
  readonly targetPort: number
  /** Of all connections together, towards the clients. */
  readonly bytesPerSecond: number
}

/** What the child answers when it listens. */
export interface CapReport {
  readonly port: number
}

const TICK_MS = 5
/** Unused allowance is kept for this long only, so that a pause is not followed by a flood. */
const BURST_MS = 20
const BUFFER_BYTES = 1024 * 1024

/** A TCP relay whose flow towards the clients is one token bucket, shared evenly by who has something to send. */
class CappedRelay {
  readonly #bytesPerMs: number
  readonly #targetPort: number
  readonly #flows = new Map<Socket, Socket>()
  #allowance = 0
  #tickedAt = performance.now()

  constructor({ targetPort, bytesPerSecond }: CapOrder) {
    this.#targetPort = targetPort
    this.#bytesPerMs = bytesPerSecond / 1000
    setInterval(() => this.#tick(), TICK_MS)
  }

  accept(client: Socket): void {
    const server = connect({
      port: this.#targetPort,
      host: '127.0.0.1',
      // net hands its options to the stream: enough is read ahead for one tick of the whole allowance.
      ...{ highWaterMark: BUFFER_BYTES },
    })
    client.pipe(server)
    this.#flows.set(server, client)
    server.on('end', () => client.end())
    server.on('close', () => this.#flows.delete(server))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
  }

  #tick(): void {
    const now = performance.now()
    const earned = (now - this.#tickedAt) * this.#bytesPerMs
    this.#allowance = Math.min(this.#allowance + earned, BURST_MS * this.#bytesPerMs)
    this.#tickedAt = now
    // read(0) starts the next read ahead, and is how a stream that nobody drains notices its end.
    for (const server of this.#flows.keys()) server.read(0)
    const waiting = [...this.#flows].filter(
      ([server, client]) => server.readableLength > 0 && !client.writableNeedDrain,
    )
    waiting.sort(([a], [b]) => a.readableLength - b.readableLength)
    for (const [index, [server, client]] of waiting.entries()) {
      const share = Math.floor(this.#allowance / (waiting.length - index))
      const chunk: Buffer | null = server.read(Math.min(share, server.readableLength))
      if (chunk === null) continue
      this.#allowance -= chunk.length
      client.write(chunk)
    }
  }
}

process.once('message', (order: CapOrder) => {
  const relay = new CappedRelay(order)
  const server = createServer((client) => relay.accept(client))
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
})
process.send?.('ready')
