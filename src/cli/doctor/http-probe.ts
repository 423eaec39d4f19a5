import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'

const DEADLINE_MS = 5_000
const MAX_BODY_BYTES = 1024 * 1024

export interface ProbeReply {
  readonly status: number
  /** The server's `Date`, in milliseconds since the epoch. */
  readonly date: number | undefined
  readonly body: string
}

export interface Probe {
  readonly method?: 'GET' | 'POST'
  /** Where to connect instead of to the URL's host. */
  readonly socketPath?: string
  /** PEM certificates to trust beside the well-known ones. */
  readonly ca?: string | undefined
  /** Does not look at it: this machine's own server has one for the name that clients use. */
  readonly anyCertificate?: boolean
  readonly body?: unknown
  readonly deadlineMs?: number
}

/**
 * One request, without redirects and without credentials: whether somebody answers.
 * @throws the error of the socket, or an abort after the deadline
 */
export async function probe(url: URL, options: Probe = {}): Promise<ProbeReply> {
  const { method = 'GET', socketPath, ca, anyCertificate = false, body, deadlineMs = DEADLINE_MS } = options
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const sent = send(
      url,
      {
        method,
        agent: false,
        rejectUnauthorized: !anyCertificate,
        signal: AbortSignal.timeout(deadlineMs),
        ...(socketPath === undefined ? {} : { socketPath }),
        ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' } }),
      },
      resolve,
    )
    sent.once('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
  const date = Date.parse(response.headers.date ?? '')
  return {
    status: response.statusCode ?? 0,
    date: Number.isNaN(date) ? undefined : date,
    body: await readText(response),
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength
    // What is wanted stands in the first lines of whatever this is.
    if (sizeBytes > MAX_BODY_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `ECONNREFUSED`, `no answer within 5 s`: what a probe failed with, in few words. */
export function probeTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time'
  const { code } = error as NodeJS.ErrnoException
  return code ?? error.message
}
