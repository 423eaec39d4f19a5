import type { Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { compileNetworks } from '../auth/networks.ts'
import type { Activity } from './activity.ts'
import { buildApp } from './app.ts'
import { closeApps } from './close-apps.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { AppContext } from './context.ts'
import type { OpenMirror } from './job-mirrors.ts'
import { listen } from './listen.ts'

export interface MirrorPlace {
  /** An address of this machine. */
  readonly host: string
  /** CIDR; nobody else is let in. */
  readonly networks: readonly string[]
}

export interface JobMirrorParts {
  readonly context: AppContext
  readonly limits: ConnectionLimits
  readonly activity: Activity
  /** Those of the server that are open. */
  readonly apps: Set<FastifyInstance>
}

/**
 * Listens for the engine that runs in a container of a job. Plain HTTP, as it does not leave this machine. Whoever is
 * let in needs no credentials and is answered as the job, whatever they show, and with all of its rights and no more:
 * who may be there is told by where they come from, which in a network of the job's own is the job itself.
 * @throws the error of the socket; NetworkSyntaxError
 */
export async function openJobMirror(
  credentialId: string,
  place: MirrorPlace,
  { context, limits, activity, apps }: JobMirrorParts,
): Promise<OpenMirror> {
  const { access } = context
  const doorKeeper = access.doorKeeper.standingFor(() => access.credentials.get(credentialId))
  const isLetIn = compileNetworks(place.networks)
  const app = buildApp({ ...context, access: { ...access, doorKeeper } }, limits)
  refuseOthers(app.server, isLetIn)
  activity.watch(app.server)
  const url = await listen(app, { host: place.host, port: 0 }, 'http')
  apps.add(app)
  const close = async (): Promise<void> => {
    apps.delete(app)
    await closeApps([app], 0)
  }
  return { address: new URL(url).host, close }
}

/** Before a byte of theirs is read. */
function refuseOthers(server: Server, isLetIn: (address: string) => boolean): void {
  server.prependListener('connection', (socket) => {
    if (!isLetIn(socket.remoteAddress ?? '')) socket.destroy()
  })
}
