import { type ClientRequest, request } from 'node:http'

/** Where a server is held; see its control API. */
const ATTACH_PATH = '/api/v1/attach'

/** A server on this machine, held: while this is open it does not leave for want of requests. */
export class Attachment {
  /** Aborted when the server is gone, or leaves. */
  readonly lost: AbortSignal
  readonly #request: ClientRequest

  private constructor(asked: ClientRequest, lost: AbortSignal) {
    this.#request = asked
    this.lost = lost
  }

  /** @returns undefined when nobody listens there, or what does is leaving */
  static open(socketPath: string, deadlineMs: number): Promise<Attachment | undefined> {
    return new Promise((resolve) => {
      const asked = request({ socketPath, path: ATTACH_PATH })
      const lost = new AbortController()
      const giveUp = setTimeout(() => asked.destroy(), deadlineMs)
      const settle = (found: Attachment | undefined): void => {
        clearTimeout(giveUp)
        resolve(found)
      }
      asked.once('response', (reply) => {
        // The first line says that it holds; later nothing comes until the end.
        reply.once('data', () => settle(new Attachment(asked, lost.signal)))
        reply.once('close', () => {
          lost.abort(new Error('the server is gone'))
          settle(undefined)
        })
        reply.on('error', () => settle(undefined))
        if (reply.statusCode !== 200) asked.destroy()
      })
      asked.on('error', () => settle(undefined))
      asked.once('close', () => settle(undefined))
      asked.end()
    })
  }

  close(): void {
    this.#request.destroy()
  }
}
