import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { MANIFEST_ACCEPT } from '../oci/media-types.ts'
import { formatReference, type Reference } from '../oci/reference.ts'
import { redactUrl } from '../redact.ts'
import type { Call } from './call.ts'
import type { UpstreamError } from './errors.ts'
import { failedReply } from './failed-reply.ts'
import { readRateLimit } from './rate-limit.ts'
import type { RegistryClient, RegistryReply } from './registry-client.ts'
import { readRetryAfter } from './retry-after.ts'
import type { UpstreamObserver } from './upstream.ts'

export interface RegistryCallsParts {
  readonly client: RegistryClient
  readonly userAgent: string
  readonly clock: Clock
  readonly observer: UpstreamObserver | undefined
}

/** Requests of calls to one registry. What its replies say of its limits and its health is told to the observer. */
export class RegistryCalls {
  readonly #parts: RegistryCallsParts

  constructor(parts: RegistryCallsParts) {
    this.#parts = parts
  }

  /** @param path below the repository: `/tags/list` */
  send(
    call: Call,
    method: 'GET' | 'HEAD',
    path: string,
    headers: Readonly<Record<string, string>>,
    query = '',
  ): Promise<RegistryReply> {
    const { client, userAgent } = this.#parts
    return client.send({
      method,
      repository: call.repository,
      path,
      query,
      headers: { 'user-agent': userAgent, ...headers },
      credential: call.credential,
      signal: call.deadline.signal,
      onSent: call.onSent,
    })
  }

  /** @throws what the observer says when nothing may be asked now */
  async manifest(call: Call, method: 'GET' | 'HEAD', reference: Reference): Promise<RegistryReply> {
    if (method === 'GET') this.#parts.observer?.admitGet(call.credential)
    const reply = await this.send(call, method, manifestPath(reference), { accept: MANIFEST_ACCEPT })
    const { status, headers, elsewhere } = reply
    if (!elsewhere) {
      this.#parts.observer?.manifestReplied({
        credentialId: call.credential?.id,
        status,
        rateLimit: readRateLimit(headers),
        retryAfterMs: readRetryAfter(headers, this.#parts.clock.now()),
      })
    }
    return reply
  }

  /** @param range a header, or none */
  async blob(call: Call, digest: Digest, range: Readonly<Record<string, string>>): Promise<RegistryReply> {
    const reply = await this.send(call, 'GET', `/blobs/${digest}`, range)
    const { status, headers, elsewhere } = reply
    if (!elsewhere) {
      const retryAfterMs = readRetryAfter(headers, this.#parts.clock.now())
      this.#parts.observer?.blobReplied({ credentialId: call.credential?.id, status, retryAfterMs })
    }
    return reply
  }

  /** What a reply that is of no use is told as; its body is read or left. */
  failed(call: Call, reply: RegistryReply): Promise<UpstreamError> {
    const { status, headers, body, url, elsewhere } = reply
    return failedReply({
      upstream: call.upstream,
      server: 'registry',
      who: elsewhere ? `${call.upstream}, by a redirect to ${redactUrl(url)},` : call.upstream,
      asked: call.asked,
      elsewhere,
      status,
      headers,
      body,
      nowMs: this.#parts.clock.now(),
    })
  }
}

function manifestPath(reference: Reference): string {
  return `/manifests/${formatReference(reference)}`
}
