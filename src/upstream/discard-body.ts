import type { Dispatcher } from 'undici'

type Body = Dispatcher.ResponseData['body']

/** What a reply nobody wants may hold before its connection is given up rather than read empty. */
const MAX_DISCARDED_BYTES = 64 * 1024

/** Reads a body nobody wants, so that its connection can be used again; if it is long, gives the connection up. */
export function discardBody(body: Body): void {
  body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined)
}

/** Gives up a body, and its connection, at once. */
export function abandonBody(body: Body): void {
  body.on('error', () => undefined).destroy()
}
