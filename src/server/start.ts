import type { FastifyInstance } from 'fastify'
import type { CacheAdmin } from '../cache/cache-admin.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { ListenAddress, Settings } from '../config/settings.ts'
import type { Log } from '../log.ts'
import { loopbackId } from '../loopback-id.ts'
import type { UpstreamTiming } from '../upstream/timing.ts'
import { aboutServer } from './about.ts'
import type { Access } from './access.ts'
import { Activity } from './activity.ts'
import { buildApp } from './app.ts'
import { Certificate } from './certificate.ts'
import { closeApps } from './close-apps.ts'
import { type ConnectionLimits, DEFAULT_LIMITS } from './connection-limits.ts'
import { type AppContext, openContext } from './context.ts'
import { AccessOperations } from './control/access-operations.ts'
import { CacheOperations } from './control/operations.ts'
import { buildControlApp } from './control-app.ts'
import { listenOnControlSocket, removeControlSocket } from './control-socket.ts'
import { enginePort } from './engine-port.ts'
import { JobListeners } from './job-listeners.ts'
import { listen } from './listen.ts'
import { buildMetricsApp } from './metrics-app.ts'
import { type MirrorPlace, openJobMirror } from './open-job-mirror.ts'

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
  /** `http://127.0.0.1:5000` (or https), one per `listen`, with the real port. */
  readonly addresses: readonly string[]
  /** Of the listener that asks everybody for credentials; undefined without `jobs.listen`. */
  readonly jobsAddress: string | undefined
  /** Of the listener that has /metrics alone; undefined without `metrics.listen`. */
  readonly metricsAddress: string | undefined
  /** What can be done about what is kept, for those who run the server in their own process. */
  readonly admin: CacheAdmin
  /** Who may come in, for the same. */
  readonly access: Access
  /** Whether somebody uses it: clients, and those who run it. */
  readonly activity: Activity
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
  const apps = new Set<FastifyInstance>()
  const activity = new Activity(clock)
  let certificate: Certificate | undefined
  const close = async (graceMs: number): Promise<void> => {
    await closeApps([...apps], graceMs)
    await certificate?.[Symbol.asyncDispose]()
    await removeControlSocket(settings.storage.path)
    await context.close()
  }
  try {
    if (settings.tls !== undefined) certificate = await Certificate.load(settings.tls, clock, log)
    const scheme = certificate === undefined ? 'http' : 'https'
    const open = async (address: ListenAddress, given: AppContext): Promise<string> => {
      const app = buildApp(given, limits, certificate)
      activity.watch(app.server)
      const url = await listen(app, address, scheme)
      apps.add(app)
      return url
    }
    const openMetrics = async (): Promise<string | undefined> => {
      if (settings.metrics.listen === undefined) return undefined
      const app = buildMetricsApp(context.metrics, limits)
      const url = await listen(app, settings.metrics.listen, 'http')
      apps.add(app)
      return url
    }
    const locked = { ...context, access: demandingAccess(context.access) }
    const jobListeners = new JobListeners(async (host) => new URL(await open({ host, port: 0 }, locked)).host)
    const served = { ...context, engineAddress: enginePort(jobListeners, await loopbackId(), log) }
    const addresses: string[] = []
    for (const address of settings.listen) addresses.push(await open(address, served))
    const jobsAddress = settings.jobs.listen && (await open(settings.jobs.listen, locked))
    const metricsAddress = await openMetrics()
    const mirrorParts = { context, limits, activity, apps }
    const openMirror = (id: string, place: MirrorPlace) =>
      context.access.jobMirrors.open(id, () => openJobMirror(id, place, mirrorParts))
    const control = buildControlApp({
      cache: new CacheOperations(context),
      access: new AccessOperations(context),
      jobs: context,
      about: () => aboutServer(settings, { addresses, groups: groupPaths(context.access) }),
      jobListeners,
      openMirror,
      log,
    })
    activity.watch(control.server)
    if (await listenOnControlSocket(control, settings.storage.path, log)) apps.add(control)
    await context.announce(settings.externalUrl?.href ?? addresses[0] ?? '')
    context.lookAfter()
    const { admin, access } = context
    return {
      ...{ addresses, jobsAddress, metricsAddress, admin, access, activity },
      close: ({ graceMs }) => close(graceMs),
    }
  } catch (error) {
    await close(0)
    throw error
  }
}

/** The same people, and nobody without credentials. */
function demandingAccess(access: Access): Access {
  return { ...access, doorKeeper: access.doorKeeper.withoutAnonymous() }
}

function groupPaths({ groups }: Access): readonly string[] {
  return groups.list().map(({ path }) => path)
}
