import { connect, type Socket } from 'node:net'

/** What the parent sends. */
export interface SlowReadersOrder {
  readonly url: string
  readonly readers: number
  /** Of each reader. */
  readonly bytesPerSecond: number
  readonly forMs: number
}

/** What the child answers when the time is over and the readers have left. */
export interface SlowReadersReport {
  readonly bytes: number
  /** Readers whose connection broke or ended before its time. */
  readonly lost: number
}

function readSlowly({ url, readers, bytesPerSecond, forMs }: SlowReadersOrder): Promise<SlowReadersReport> {
  const { hostname, port, pathname, host } = new URL(url)
  const startedAt = performance.now()
  const sockets = new Set<Socket>()
  let bytes = 0
  for (let number = 0; number < readers; number++) {
    let read = 0
    const socket = connect(Number(port), hostname)
    sockets.add(socket)
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length
      bytes += chunk.length
      const early = (read / bytesPerSecond) * 1000 - (performance.now() - startedAt)
      if (early <= 0) return
      socket.pause()
      setTimeout(() => socket.resume(), early)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`)
  }
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve({ bytes, lost: readers - sockets.size })
      for (const socket of sockets) socket.destroy()
    }, forMs)
  })
}

process.on('message', (order: SlowReadersOrder) => {
  void readSlowly(order).then((report) => process.send?.(report))
})
process.send?.('ready')
