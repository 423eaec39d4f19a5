import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../../log.ts'
import type { CacheControl } from '../control/cache-control.ts'
import { ControlError } from '../control/errors.ts'
import type { WarmBody, WarmEvent } from '../schemas/control.ts'

/** Warming tells its progress as one JSON object per line (NDJSON), and stops when the client leaves. */
export function streamWarm(
  app: FastifyInstance,
  path: string,
  read: (body: unknown) => WarmBody,
  cache: CacheControl,
  log: Log,
): void {
  const running = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const stop of running) stop.abort(new ControlError('failed', 'the server is stopping'))
  })
  app.post(path, async ({ body }, reply) => {
    const order = read(body)
    const stop = new AbortController()
    const { raw } = reply
    reply.hijack()
    raw.once('close', () => stop.abort(new ControlError('failed', 'the client left')))
    // The cache may be busy with a step that it finishes first: nobody waits here for that.
    stop.signal.addEventListener('abort', () => end(raw, stop.signal.reason))
    running.add(stop)
    raw.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' })
    raw.flushHeaders()
    try {
      await cache.warm(order, (event) => writeEvent(raw, event), stop.signal)
      raw.end()
    } catch (error) {
      if (!stop.signal.aborted) log.error({ event: 'warm.failed', err: error }, 'warming failed')
      end(raw, error)
    } finally {
      running.delete(stop)
    }
  })
}

/** A client that does not read misses steps of the progress, never how it ended. */
function writeEvent(raw: ServerResponse, event: WarmEvent): void {
  if (raw.writableEnded || raw.destroyed || (event.type === 'progress' && raw.writableNeedDrain)) return
  raw.write(`${JSON.stringify(event)}\n`)
}

function end(raw: ServerResponse, error: unknown): void {
  const message = error instanceof ControlError ? error.message : 'warming failed: see the log of the server'
  writeEvent(raw, { type: 'aborted', message })
  raw.end()
}
