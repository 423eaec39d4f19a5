import { connect } from 'node:net'

/** What the parent sends: one download. */
export interface DownloadOrder {
  readonly url: string
}

/** What the child answers. Times in milliseconds since the order came in. */
export interface DownloadReport {
  readonly status: number
  /** The first byte of the body; curl would tell the first byte of the head, which may come long before. */
  readonly firstByteMs: number
  readonly totalMs: number
  readonly bodyBytes: number
  readonly error?: string
}

const BUFFER_BYTES = 1024 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const IDLE_TIMEOUT_MS = 120_000

/** A download as cheap as curl's: bytes are read into one buffer, counted and forgotten. */
function download({ url }: DownloadOrder): Promise<DownloadReport> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const { hostname, port, pathname, host } = new URL(url)
    let head: Buffer | undefined = Buffer.alloc(0)
    let status = 0
    let firstByteMs = Number.NaN
    let bodyBytes = 0
    const report = (error?: Error) => {
      const totalMs = performance.now() - startedAt
      const failure = error === undefined ? {} : { error: error.message }
      resolve({ status, firstByteMs, totalMs, bodyBytes, ...failure })
    }
    const take = (bytes: number, buffer: Uint8Array): boolean => {
      let body = bytes
      if (head !== undefined) {
        head = Buffer.concat([head, buffer.subarray(0, bytes)])
        const end = head.indexOf(HEAD_END)
        if (end === -1) return true
        status = Number(head.toString('latin1', 9, 12))
        body = head.length - end - HEAD_END.length
        head = undefined
      }
      if (bodyBytes === 0 && body > 0) firstByteMs = performance.now() - startedAt
      bodyBytes += body
      return true
    }
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), callback: take },
    })
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy(new Error('no byte for two minutes')))
    socket.on('error', report)
    socket.on('end', () => report())
    // With `close` the server ends the connection after the body, so the end needs no parser.
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nConnection: close\r\n\r\n`)
  })
}

process.on('message', (order: DownloadOrder) => {
  void download(order).then((report) => process.send?.(report))
})
process.send?.('ready')
