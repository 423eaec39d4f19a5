import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Agent, type Dispatcher, errors, request } from 'undici'
import type { CacheControl } from '../server/control/cache-control.ts'
import { ControlError, type ControlErrorCode } from '../server/control/errors.ts'
import { type AboutReply, aboutReply } from '../server/schemas/about.ts'
import {
  errorReply,
  type GcReply,
  gcReply,
  type ImageDetailsJson,
  imageDetails,
  type ListReply,
  listReply,
  type PinReply,
  pinReply,
  type RemoveReply,
  removeReply,
  type StatsReply,
  statsReply,
  type UpstreamsReply,
  type UsageReply,
  upstreamsReply,
  usageReply,
  type VerifyReply,
  verifyReply,
  type WarmBody,
  type WarmEvent,
  warmEvent,
} from '../server/schemas/control.ts'

/** A process on this machine answers at once, or is in no state to answer. */
const CONNECT_DEADLINE_MS = 5_000
/** Collecting walks the whole catalog, in steps between which pulls go on. */
const REPLY_DEADLINE_MS = 10 * 60_000
/** Verifying reads everything, from a slow disk too. */
const VERIFY_DEADLINE_MS = 24 * 60 * 60_000
/** Warming says something several times a second. */
const SILENCE_DEADLINE_MS = 60_000

const CODES: ReadonlySet<string> = new Set<ControlErrorCode>(['not-found', 'invalid', 'failed'])

interface Schema<T> {
  parse(value: unknown): T
}

/** The operations of a running server, over its control.sock. */
export class ServerClient implements CacheControl {
  readonly #agent: Agent

  constructor(socketPath: string) {
    this.#agent = new Agent({
      connect: { socketPath, timeout: CONNECT_DEADLINE_MS },
      headersTimeout: REPLY_DEADLINE_MS,
      bodyTimeout: SILENCE_DEADLINE_MS,
    })
  }

  async list({ limit, after }: { limit: number; after?: string }): Promise<ListReply> {
    const query = { limit: String(limit), ...(after === undefined ? {} : { after }) }
    return this.ask(listReply, 'GET', `cache/list?${new URLSearchParams(query)}`)
  }

  async show(image: string): Promise<ImageDetailsJson> {
    return this.ask(imageDetails, 'GET', `cache/show?${new URLSearchParams({ image })}`)
  }

  async remove(image: string): Promise<RemoveReply> {
    return this.ask(removeReply, 'POST', 'cache/remove', { image })
  }

  async pin(image: string): Promise<PinReply> {
    return this.ask(pinReply, 'POST', 'cache/pin', { image })
  }

  async unpin(image: string): Promise<PinReply> {
    return this.ask(pinReply, 'POST', 'cache/unpin', { image })
  }

  async gc({ dryRun }: { dryRun: boolean }): Promise<GcReply> {
    return this.ask(gcReply, 'POST', 'cache/gc', { dryRun })
  }

  /** Which server it is, and where it is reached. */
  async about(): Promise<AboutReply> {
    return this.ask(aboutReply, 'GET', 'server')
  }

  async usage(): Promise<UsageReply> {
    return this.ask(usageReply, 'GET', 'cache/usage')
  }

  async stats({ sinceMs }: { sinceMs: number }): Promise<StatsReply> {
    return this.ask(statsReply, 'GET', `cache/stats?${new URLSearchParams({ sinceMs: String(sinceMs) })}`)
  }

  async upstreams(): Promise<UpstreamsReply> {
    return this.ask(upstreamsReply, 'GET', 'upstreams')
  }

  async verify({ repair }: { repair: boolean }, signal?: AbortSignal): Promise<VerifyReply> {
    const reply = await this.#send('POST', 'cache/verify', { repair }, signal, VERIFY_DEADLINE_MS)
    return verifyReply.parse(await reply.body.json())
  }

  async warm(order: WarmBody, onEvent: (event: WarmEvent) => void, signal: AbortSignal): Promise<void> {
    const reply = await this.#send('POST', 'cache/warm', order, signal)
    try {
      for await (const line of createInterface({ input: reply.body })) {
        const event = warmEvent.parse(JSON.parse(line))
        if (event.type === 'aborted') throw new ControlError('failed', event.message)
        onEvent(event)
        if (event.type === 'end') return
      }
    } catch (error) {
      if (error instanceof ControlError) throw error
      if (signal.aborted) throw signal.reason
      throw gone(error)
    } finally {
      reply.body.destroy()
    }
    throw gone(undefined)
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  /** One operation. @throws ControlError */
  async ask<T>(schema: Schema<T>, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const reply = await this.#send(method, path, body)
    return schema.parse(await reply.body.json())
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    headersTimeout = REPLY_DEADLINE_MS,
  ): Promise<Dispatcher.ResponseData> {
    const reply = await request(`http://control.sock/api/v1/${path}`, {
      dispatcher: this.#agent,
      method,
      headersTimeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_BODY }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : gone(error)
    })
    if (reply.statusCode === 200) return reply
    const { error } = errorReply.parse(await reply.body.json())
    throw new ControlError(isCode(error.code) ? error.code : 'failed', error.message)
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Whether somebody listens there. */
export function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    socket.setTimeout(CONNECT_DEADLINE_MS, () => {
      socket.destroy(new ControlError('failed', `the server at ${socketPath} does not answer`))
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR') resolve(false)
      else reject(explain(error, socketPath))
    })
  })
}

function explain(error: NodeJS.ErrnoException, socketPath: string): Error {
  if (error.code !== 'EACCES' && error.code !== 'EPERM') return error
  return new ControlError(
    'failed',
    `${socketPath} is for the user that runs the server: become that user`,
    error,
  )
}

function gone(error: unknown): ControlError {
  const slow = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError
  const what = slow ? 'does not answer' : 'broke off: it stopped, or see its log'
  return new ControlError('failed', `the server ${what}`, error)
}

function isCode(code: string): code is ControlErrorCode {
  return CODES.has(code)
}
