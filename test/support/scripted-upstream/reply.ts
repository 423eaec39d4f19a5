import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoggedRequest } from './request-log.ts'

/** What happens to a body on its way: at most one of each. */
export interface Delivery {
  /** After this many bytes of the body, end the exchange in this way. */
  readonly cut?: { readonly afterBytes: number; readonly by: 'stall' | 'reset' | 'close' }
  /** After this many bytes of the body, wait. */
  readonly hold?: { readonly afterBytes: number; readonly until: Promise<unknown> }
  readonly bytesPerSecond?: number
}

export interface Reply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly delivery?: Delivery
}

const SLICE_BYTES = 64 * 1024
const THROTTLE_TICKS_PER_SECOND = 20

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

export function errorReply(status: number, code: string, message: string, headers = {}): Reply {
  return jsonReply(status, { errors: [{ code, message }] }, headers)
}

/** A representation with RFC 9110 ranges: one range 206, unsatisfiable 416, anything else 200. */
export function contentReply(bytes: Buffer, headers: Record<string, string>, range?: string): Reply {
  const all = { 'accept-ranges': 'bytes', ...headers }
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '')
  if (match === null || (match[1] === '' && match[2] === ''))
    return { status: 200, headers: all, body: bytes }
  const suffix = match[1] === ''
  const start = suffix ? Math.max(0, bytes.length - Number(match[2])) : Number(match[1])
  const end = suffix || match[2] === '' ? bytes.length - 1 : Math.min(Number(match[2]), bytes.length - 1)
  if (start >= bytes.length || start > end) {
    const unsatisfied = errorReply(416, 'RANGE_INVALID', 'range not satisfiable')
    return { ...unsatisfied, headers: { ...unsatisfied.headers, 'content-range': `bytes */${bytes.length}` } }
  }
  return {
    status: 206,
    headers: { ...all, 'content-range': `bytes ${start}-${end}/${bytes.length}` },
    body: bytes.subarray(start, end + 1),
  }
}

/** Writes the reply with back pressure. Resolves when the exchange is over or left hanging on purpose. */
export async function sendReply(reply: Reply, response: ServerResponse, entry: LoggedRequest): Promise<void> {
  const { delivery = {}, body } = reply
  const headers: Record<string, string> = { 'content-length': String(body.length), ...reply.headers }
  if (headers['transfer-encoding'] !== undefined) delete headers['content-length']
  entry.status = reply.status
  response.writeHead(reply.status, headers)
  if (entry.method === 'HEAD') {
    response.end()
    return
  }
  response.flushHeaders()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const marks = [delivery.cut?.afterBytes, delivery.hold?.afterBytes].filter((mark) => mark !== undefined)
  for (let sent = 0; !gone.signal.aborted; ) {
    if (delivery.cut?.afterBytes === sent) return cutOff(response, delivery.cut.by)
    if (delivery.hold?.afterBytes === sent) await delivery.hold.until
    if (sent >= body.length) break
    const stops = marks.filter((mark) => mark > sent)
    const end = Math.min(sent + sliceBytes(delivery), body.length, ...stops)
    if (!(await writeSlice(response, body.subarray(sent, end), gone.signal))) return
    entry.bytesSent += end - sent
    sent = end
    if (delivery.bytesPerSecond !== undefined) await delay(1_000 / THROTTLE_TICKS_PER_SECOND)
  }
  response.end()
}

function sliceBytes(delivery: Delivery): number {
  if (delivery.bytesPerSecond === undefined) return SLICE_BYTES
  return Math.max(1, Math.round(delivery.bytesPerSecond / THROTTLE_TICKS_PER_SECOND))
}

/** False when the client went away. */
async function writeSlice(response: ServerResponse, slice: Buffer, gone: AbortSignal): Promise<boolean> {
  if (response.destroyed) return false
  if (response.write(slice)) return true
  try {
    await once(response, 'drain', { signal: gone })
    return true
  } catch {
    return false
  }
}

function cutOff(response: ServerResponse, by: 'stall' | 'reset' | 'close'): void {
  const { socket } = response
  if (by === 'reset') socket?.resetAndDestroy()
  // Written through the socket, so that node adds neither the missing bytes' error nor a last chunk.
  if (by === 'close') socket?.end()
}
