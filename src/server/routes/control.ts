import type { FastifyInstance } from 'fastify'
import type { Log } from '../../log.ts'
import type { CacheControl } from '../control/cache-control.ts'
import { ControlError } from '../control/errors.ts'
import {
  gcBody,
  imageBody,
  imageQuery,
  listQuery,
  statsQuery,
  verifyBody,
  warmBody,
} from '../schemas/control.ts'
import { read } from '../schemas/read.ts'
import { UPSTREAMS_PATH } from './upstreams.ts'
import { streamWarm } from './warm.ts'

/** /api/v1/cache: one route per operation; and what the public listener tells of upstreams. */
export function controlRoutes(app: FastifyInstance, cache: CacheControl, log: Log): void {
  const path = (name: string): string => `/api/v1/cache/${name}`
  app.get(path('list'), async ({ query }) => {
    const { limit, after } = read(listQuery, query)
    return cache.list({ limit, ...(after === undefined ? {} : { after }) })
  })
  app.get(path('show'), async ({ query }) => cache.show(read(imageQuery, query).image))
  app.get(path('usage'), async () => cache.usage())
  app.get(path('stats'), async ({ query }) => cache.stats(read(statsQuery, query)))
  app.post(path('remove'), async ({ body }) => cache.remove(read(imageBody, body).image))
  app.post(path('pin'), async ({ body }) => cache.pin(read(imageBody, body).image))
  app.post(path('unpin'), async ({ body }) => cache.unpin(read(imageBody, body).image))
  app.post(path('gc'), async ({ body }) => cache.gc(read(gcBody, body)))
  app.get(UPSTREAMS_PATH, async () => cache.upstreams())
  app.post(path('verify'), async ({ body }, reply) => {
    const left = new AbortController()
    reply.raw.once('close', () => left.abort(new ControlError('failed', 'nobody waits for it any more')))
    return cache.verify(read(verifyBody, body), left.signal)
  })
  streamWarm(app, path('warm'), (body) => read(warmBody, body), cache, log)
}
