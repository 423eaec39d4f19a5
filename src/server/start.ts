import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Clock, systemClock } from '../clock.ts'
import type { ListenAddress, Settings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import type { UpstreamTiming } from '../upstream/timing.ts'
import { buildApp } from './app.ts'
import { type ConnectionLimits, DEFAULT_LIMITS } from './connection-limits.ts'
import { type AppContext, openContext } from './context.ts'

const IDLE_SWEEP_MS = 100

export interface ServerOptions {
  readonly settings: Settings
  readonly log: Log
  readonly clock?: Clock
  /** Other waits towards upstreams than the usual ones. */
  readonly upstreamTiming?: Partial<UpstreamTiming>
  /** Other limits for clients' connections than the usual ones. */
  readonly connectionLimits?: Partial<ConnectionLimits>
}

export interface RunningServer {
  /** `http://127.0.0.1:5000`, one per `listen`, with the real port. */
  readonly addresses: readonly string[]
  /**
   * Stops accepting, gives readers `graceMs` to finish, suspends downloads so that they are resumed after the
   * next start, and closes the storage.
   */
  close(options: { readonly graceMs: number }): Promise<void>
}

/**
 * Opens the storage and listens.
 * @throws StorageInUseError, CatalogTooNew, or the error of the file system or the socket
 */
export async function startServer({
  settings,
  log,
  clock = systemClock,
  upstreamTiming = {},
  connectionLimits = {},
}: ServerOptions): Promise<RunningServer> {
  const context = await openContext({ settings, clock, log, upstreamTiming })
  const limits = { ...DEFAULT_LIMITS, ...connectionLimits }
  const listeners: Listener[] = []
  try {
    for (const address of settings.listen) listeners.push(await listen(context, limits, address))
    const addresses = listeners.map((listener) => listener.address)
    await context.announce(settings.externalUrl?.href ?? addresses[0] ?? '')
    context.reconcile()
    return { addresses, close: ({ graceMs }) => closeAll(context, listeners, graceMs) }
  } catch (error) {
    await closeAll(context, listeners, 0)
    throw error
  }
}

interface Listener {
  readonly app: FastifyInstance
  readonly address: string
}

async function listen(
  context: AppContext,
  limits: ConnectionLimits,
  { host, port }: ListenAddress,
): Promise<Listener> {
  const app = buildApp(context, limits)
  await app.listen({ host, port })
  const bound = app.server.address() as AddressInfo
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return { app, address: `http://${shown}:${bound.port}` }
}

async function closeAll(context: AppContext, listeners: readonly Listener[], graceMs: number): Promise<void> {
  const servers = listeners.map(({ app }) => app.server)
  const closing = Promise.all(listeners.map(({ app }) => app.close()))
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
  await context.close()
}
