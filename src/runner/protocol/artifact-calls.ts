import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { ArtifactFile } from '../../executor/stages/artifact-store.ts'
import { redactUrl } from '../../redact.ts'
import type { CoordinatorConnection } from './coordinator-connection.ts'
import { CoordinatorError } from './coordinator-error.ts'
import type { JobTicket } from './job-calls.ts'

/** To another host of the server, or to a storage; from there once more. */
const MAX_REDIRECTS = 3
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

export type UploadedArtifact = { readonly kind: 'stored' } | { readonly kind: 'too-large' }

export type DownloadedArtifact =
  /** @property body is the caller's to read to its end, or to destroy */
  { readonly kind: 'found'; readonly body: Readable } | { readonly kind: 'missing' }

/** Files of jobs, up and down. Of none more than a piece is in memory. */
export class ArtifactCalls {
  readonly #connection: CoordinatorConnection

  constructor(connection: CoordinatorConnection) {
    this.#connection = connection
  }

  /**
   * `POST jobs/:id/artifacts`.
   * @throws CoordinatorError; the signal's reason
   */
  async upload({ id, token }: JobTicket, file: ArtifactFile, signal: AbortSignal): Promise<UploadedArtifact> {
    const query = new URLSearchParams({
      artifact_format: file.format,
      artifact_type: file.type,
      ...(file.expireIn !== undefined && { expire_in: file.expireIn }),
    })
    let url = this.#connection.urlOf(`jobs/${id}/artifacts?${query}`)
    for (let redirects = 0; ; redirects += 1) {
      const boundary = `entrepot-${randomBytes(16).toString('hex')}`
      const headers = {
        'job-token': token,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      }
      const body = Readable.from(formOf(file, boundary))
      const reply = await this.#connection.transfer({ method: 'POST', url, headers, body, signal })
      await reply.body.dump()
      if (reply.statusCode === 201) return { kind: 'stored' }
      if (reply.statusCode === 413) return { kind: 'too-large' }
      if (reply.statusCode !== 307 || redirects === MAX_REDIRECTS) throw refused('POST', url, reply)
      url = placeOf(reply, url)
    }
  }

  /**
   * `GET jobs/:id/artifacts`, from a storage where the server has one.
   * @param ticket as it came with the dependency
   * @throws CoordinatorError; the signal's reason
   */
  async download({ id, token }: JobTicket, signal: AbortSignal): Promise<DownloadedArtifact> {
    let url = this.#connection.urlOf(`jobs/${id}/artifacts?direct_download=true`)
    for (let redirects = 0; ; redirects += 1) {
      // Where a redirect leads is signed: a storage needs no token of ours, and must not see it.
      const headers: Record<string, string> = redirects === 0 ? { 'job-token': token } : {}
      const reply = await this.#connection.transfer({ method: 'GET', url, headers, signal })
      if (reply.statusCode === 200) return { kind: 'found', body: reply.body }
      await reply.body.dump()
      if (reply.statusCode === 404) return { kind: 'missing' }
      if (!REDIRECTS.includes(reply.statusCode) || redirects === MAX_REDIRECTS)
        throw refused('GET', url, reply)
      url = placeOf(reply, url)
    }
  }
}

/** A form with one file (RFC 7578). */
async function* formOf(file: ArtifactFile, boundary: string): AsyncGenerator<Buffer> {
  const filename = file.filename.replace(/["\r\n\\]/g, '_')
  yield Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  )
  for await (const chunk of file.open()) yield chunk as Buffer
  yield Buffer.from(`\r\n--${boundary}--\r\n`)
}

/** @throws CoordinatorError when it leads nowhere, or from TLS to plain HTTP */
function placeOf(reply: Dispatcher.ResponseData, from: URL): URL {
  const { location } = reply.headers
  const isUrl = typeof location === 'string' && URL.canParse(location, from.href)
  const told = isUrl ? new URL(location, from) : undefined
  const isAllowed = told?.protocol === 'https:' || (told?.protocol === 'http:' && from.protocol === 'http:')
  if (told !== undefined && isAllowed) return told
  throw new CoordinatorError('invalid', `${redactUrl(from)} redirects to where nothing may be sent`)
}

function refused(method: string, url: URL, { statusCode }: Dispatcher.ResponseData): CoordinatorError {
  const code = statusCode >= 500 || statusCode === 429 || statusCode === 408 ? 'failed' : 'refused'
  return new CoordinatorError(code, `${method} ${redactUrl(url)} was answered with ${statusCode}`, {
    status: statusCode,
  })
}
