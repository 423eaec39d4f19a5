import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Lets nobody through before so many stand there: they are all under way at the same time. Each is told `through`. */
export class Gate implements AsyncDisposable {
  readonly #server: Server
  readonly #waiting: Socket[] = []

  static async open(host: string, count: number): Promise<Gate> {
    const gate = new Gate(count)
    gate.#server.listen(0, host)
    await once(gate.#server, 'listening')
    return gate
  }

  private constructor(count: number) {
    // Half open: a script has nothing on its input, and its client says so at once.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {})
      this.#waiting.push(socket)
      if (this.#waiting.length < count) return
      for (const waiting of this.#waiting) waiting.end('through\n')
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Stands there, too; resolves when it may go through. */
  async join(): Promise<void> {
    const { address, port } = this.#server.address() as AddressInfo
    const socket = connect(port, address)
    socket.resume()
    await once(socket, 'end')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#waiting) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
