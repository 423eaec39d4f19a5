import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { createSecureContext, rootCertificates } from 'node:tls'
import { type Dispatcher, errors, request } from 'undici'
import type { Clock } from '../../clock.ts'
import { within } from '../../executor/run/within.ts'
import { chooseProxy, type EnvironmentProxy } from '../../proxy-choice.ts'
import { redactText, redactUrl } from '../../redact.ts'
import { CoordinatorError } from './coordinator-error.ts'
import { coordinatorApiUrl } from './coordinator-url.ts'
import { isPassingStatus, retryWaitMs, toldWaitMs } from './retry-delay.ts'
import { ServerAgents } from './server-agents.ts'

/** The largest answer is a job: its variables and scripts. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024
const CALL_DEADLINE_MS = 60_000
const MAX_TRIES = 5

/** PEM. */
export interface ClientCertificate {
  readonly cert: string
  /** Secret. */
  readonly key: string
}

export interface CoordinatorConnectionOptions {
  /** As in config.toml. */
  readonly url: string
  readonly userAgent: string
  readonly clock: Clock
  /** PEM, besides the certificates that the machine trusts. */
  readonly ca?: string | undefined
  /** Who we are to a server that asks for certificates. */
  readonly clientCertificate?: ClientCertificate | undefined
  /** Absent: none. */
  readonly proxy?: EnvironmentProxy | undefined
  /** In [0, 1). */
  readonly random?: () => number
}

export interface CoordinatorCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v4/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: object
  readonly body?: Buffer
  readonly signal?: AbortSignal | undefined
  /** Absent: a minute. */
  readonly deadlineMs?: number
}

export interface CoordinatorReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The whole body. */
  readonly text: string
}

/** A request whose body, or the body of whose answer, is as large as it likes. */
export interface FileCall {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Readable
  readonly signal: AbortSignal
}

/** HTTP with one server that jobs come from. Messages of its errors hold no token. */
export class CoordinatorConnection {
  readonly #url: URL
  readonly #options: CoordinatorConnectionOptions
  readonly #calls: ServerAgents
  readonly #files: ServerAgents

  constructor(options: CoordinatorConnectionOptions) {
    const { url, ca, clientCertificate, proxy = {} } = options
    this.#url = coordinatorApiUrl(url)
    this.#options = options
    // Made once: reading some 150 certificates for every connection would take longer than the connection.
    const secureContext =
      ca === undefined && clientCertificate === undefined
        ? undefined
        : createSecureContext({
            ca: ca === undefined ? [...rootCertificates] : [...rootCertificates, ca],
            ...clientCertificate,
          })
    this.#calls = new ServerAgents({ secureContext, proxy, maxReplyBytes: MAX_REPLY_BYTES })
    this.#files = new ServerAgents({ secureContext, proxy })
  }

  urlOf(path: string): URL {
    return new URL(path, this.#url)
  }

  /**
   * Asks once.
   * @returns whatever it answered
   * @throws CoordinatorError unreachable, slow or invalid; the signal's reason
   */
  async send(call: CoordinatorCall): Promise<CoordinatorReply> {
    const { method, path, json, signal, deadlineMs = CALL_DEADLINE_MS } = call
    const { clock } = this.#options
    const url = this.urlOf(path)
    const asked = `${method} ${redactUrl(url)}${this.#via(url)}`
    const timeoutReason = () =>
      new CoordinatorError('slow', `${asked} was not answered within ${Math.round(deadlineMs / 1000)} s`)
    const signals = signal === undefined ? [] : [signal]
    return within({ clock, timeoutMs: deadlineMs, timeoutReason, signals }, async (stop) => {
      try {
        const reply = await request(url, {
          dispatcher: this.#calls.for(url),
          method,
          headers: {
            ...this.#headers,
            accept: 'application/json',
            ...(json !== undefined && { 'content-type': 'application/json' }),
            ...call.headers,
          },
          body: json === undefined ? (call.body ?? null) : JSON.stringify(json),
          signal: stop,
        })
        return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() }
      } catch (error) {
        throw stop.aborted ? stop.reason : unanswered(asked, error)
      }
    })
  }

  /**
   * Asks up to five times, when what went wrong may pass. Only for what may be done twice.
   * @throws CoordinatorError, never refused; the signal's reason
   */
  async sendPatiently(call: CoordinatorCall): Promise<CoordinatorReply> {
    const { clock, random = Math.random } = this.#options
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#sendForWork(call)
      if (!(outcome instanceof CoordinatorError)) return outcome
      if (tries === MAX_TRIES || outcome.code === 'invalid') throw outcome
      await clock.sleep(outcome.retryAfterMs ?? retryWaitMs(tries, random()), call.signal)
    }
  }

  /**
   * Sends or asks for a file. Redirects are told, not followed.
   * @returns an answer whose body is the caller's to read or to dump
   */
  async transfer({ method, url, headers, body, signal }: FileCall): Promise<Dispatcher.ResponseData> {
    try {
      return await request(url, {
        dispatcher: this.#files.for(url),
        method,
        headers: { ...this.#headers, ...headers },
        body: body ?? null,
        signal,
      })
    } catch (error) {
      throw signal.aborted ? signal.reason : unanswered(`${method} ${redactUrl(url)}${this.#via(url)}`, error)
    }
  }

  /** The server's trouble as an error: what it says of itself, without what is secret. */
  failure(call: Pick<CoordinatorCall, 'method' | 'path'>, reply: CoordinatorReply): CoordinatorError {
    const { status, headers } = reply
    const asked = `${call.method} ${redactUrl(this.urlOf(call.path))}`
    return new CoordinatorError(
      isPassingStatus(status) || status >= 500 ? 'failed' : 'refused',
      `${asked} was answered with ${status}${saidIn(reply.text)}`,
      { status, retryAfterMs: toldWaitMs(headers, this.#options.clock.now()) },
    )
  }

  /** Ends every exchange. */
  async close(): Promise<void> {
    await Promise.all([this.#calls.close(), this.#files.close()])
  }

  async #sendForWork(call: CoordinatorCall): Promise<CoordinatorReply | CoordinatorError> {
    try {
      const reply = await this.send(call)
      return isPassingStatus(reply.status) ? this.failure(call, reply) : reply
    } catch (error) {
      if (error instanceof CoordinatorError) return error
      throw error
    }
  }

  /** For messages: who looks for the trouble has to know that there is somebody between. */
  #via(url: URL): string {
    const uri = chooseProxy(url, this.#options.proxy ?? {})
    return uri === undefined ? '' : ` through the proxy ${new URL(uri).host}`
  }

  get #headers(): Record<string, string> {
    return { 'user-agent': this.#options.userAgent, 'x-request-id': randomBytes(16).toString('hex') }
  }
}

function unanswered(asked: string, cause: unknown): CoordinatorError {
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new CoordinatorError('invalid', `${asked} was answered with more than ${MAX_REPLY_BYTES} bytes`)
  }
  return new CoordinatorError('unreachable', `${asked} failed: no connection, or it broke off`, { cause })
}

const MAX_SAID_LENGTH = 200

/** `{"message": "403 Forbidden"}`. */
function saidIn(text: string): string {
  const said = /^\{.{0,200}?"(?:message|error)"\s*:\s*"([^"]{1,400})"/s.exec(text)?.[1]
  return said === undefined ? '' : `: ${redactText(said).slice(0, MAX_SAID_LENGTH)}`
}
