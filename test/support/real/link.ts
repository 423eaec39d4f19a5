import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'

/**
 * A TCP relay before a server, whose flow towards the client can be held: a reply longer than the hold stops
 * in its middle, neither ended nor reset, and goes on when released.
 */
export class Link implements AsyncDisposable {
  readonly #targetPort: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #held = new Set<Socket>()
  #holdAfterBytes = Number.POSITIVE_INFINITY
  #announceHeld: (() => void) | undefined

  constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((client) => this.#relay(client))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** From now on each connection stops after it brought this much; resolves when the first one has. */
  holdAfter(bytes: number): Promise<void> {
    this.#holdAfterBytes = bytes
    return new Promise((resolve) => {
      this.#announceHeld = resolve
    })
  }

  release(): void {
    this.#holdAfterBytes = Number.POSITIVE_INFINITY
    for (const server of this.#held) server.resume()
    this.#held.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #relay(client: Socket): void {
    const server = dial(this.#targetPort, '127.0.0.1')
    let broughtBytes = 0
    client.pipe(server)
    server.on('data', (chunk) => {
      broughtBytes += chunk.length
      if (!client.write(chunk)) server.pause()
      if (broughtBytes < this.#holdAfterBytes) return
      server.pause()
      this.#held.add(server)
      this.#announceHeld?.()
    })
    client.on('drain', () => {
      if (!this.#held.has(server)) server.resume()
    })
    server.on('end', () => client.end())
    for (const [socket, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => peer.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#held.delete(socket)
        peer.destroy()
      })
    }
  }
}

/** A relay to a server on this machine, by its URL. */
export async function startLink(targetUrl: string): Promise<Link> {
  const link = new Link(Number(new URL(targetUrl).port))
  await link.listen()
  return link
}
