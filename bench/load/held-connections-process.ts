import { connect, type Socket } from 'node:net'

/** What the parent sends: connections that ask once, and then stay. */
export interface HeldConnectionsOrder {
  readonly url: string
  readonly accept: string
  readonly connections: number
  readonly forMs: number
}

/** What the child answers when the time is over. */
export interface HeldConnectionsReport {
  /** Connections that got a reply. */
  readonly answered: number
  /** Connections that broke or ended before their time. */
  readonly lost: number
}

/** Opened at once; more would overflow what the kernel queues for a listener. */
const WAVE = 100

async function hold(order: HeldConnectionsOrder): Promise<HeldConnectionsReport> {
  const { hostname, port, pathname, host } = new URL(order.url)
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${order.accept}\r\n\r\n`
  const held = new Set<Socket>()
  let answered = 0
  const open = () =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname)
      held.add(socket)
      socket.once('data', (reply) => {
        if (reply.toString('latin1', 9, 12) === '200') answered += 1
        resolve()
      })
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        held.delete(socket)
        resolve()
      })
      socket.write(request)
    })
  for (let opened = 0; opened < order.connections; opened += WAVE) {
    const wave = Math.min(WAVE, order.connections - opened)
    await Promise.all(Array.from({ length: wave }, open))
  }
  await new Promise((resolve) => setTimeout(resolve, order.forMs))
  const lost = order.connections - held.size
  for (const socket of held) socket.destroy()
  return { answered, lost }
}

process.on('message', (order: HeldConnectionsOrder) => {
  void hold(order).then((report) => process.send?.(report))
})
process.send?.('ready')
