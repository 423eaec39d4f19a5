import type { FastifyInstance } from 'fastify'

const IDLE_SWEEP_MS = 100

/** Has them accept nobody, and gives those who are being answered so long. */
export async function closeApps(apps: readonly FastifyInstance[], graceMs: number): Promise<void> {
  const servers = apps.map((app) => app.server)
  const closing = Promise.all(apps.map((app) => app.close()))
  // A connection whose reply has ended would wait for a next request that we do not want.
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections()
  }, IDLE_SWEEP_MS)
  const deadline = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, graceMs)
  await closing
  clearInterval(sweep)
  clearTimeout(deadline)
}
