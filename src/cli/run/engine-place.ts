import type { Engine } from '../../executor/docker/engine.ts'
import type { EnginePlace } from './proxy-addresses.ts'

/** Docker Desktop runs its engine in a machine of its own; a rootless one has a network of its own. */
export async function findEngine(engine: Engine, host: string): Promise<EnginePlace> {
  const info = await engine.call('ask for the engine', (docker) => docker.info())
  const options: readonly string[] = info.SecurityOptions ?? []
  const isRootless = options.some((option) => option.includes('rootless'))
  const isInMachine = String(info.OperatingSystem).startsWith('Docker Desktop')
  return { host, isHere: isLocal(host) && !isRootless && !isInMachine }
}

function isLocal(host: string): boolean {
  if (host.startsWith('unix://')) return true
  const { hostname } = new URL(host)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

/** Where containers find the machine of the engine: its end of the default bridge. */
export async function bridgeGateway(engine: Engine): Promise<string | undefined> {
  const network = await engine.call('look at the network bridge', (docker) =>
    docker.getNetwork('bridge').inspect(),
  )
  const configs = network.IPAM?.Config ?? []
  return configs.find(({ Gateway }) => Gateway !== undefined)?.Gateway
}
