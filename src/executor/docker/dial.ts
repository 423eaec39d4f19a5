import { connect } from 'node:net'

/** `refused`: the host is there, and nobody listens. `unreachable`: no way to it from here. */
export type DialResult = 'open' | 'refused' | 'unreachable'

const DIAL_TIMEOUT_MS = 1000

/** Whether somebody takes a TCP connection. */
export function dial(host: string, port: number): Promise<DialResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (result: DialResult) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(DIAL_TIMEOUT_MS, () => end('unreachable'))
    socket.once('connect', () => end('open'))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable'),
    )
  })
}
