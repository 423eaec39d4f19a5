import type { DockerSettings } from '../config/docker-settings.ts'
import type { TraceWriter } from '../executor.ts'
import type { CallOptions } from './engine.ts'
import { EngineError, isEngineError } from './engine-error.ts'
import type { Networks } from './networks.ts'
import { freeSubnets } from './subnets.ts'

/** The network that a job's containers are in. */
export interface JobNetwork {
  /** HostConfig.NetworkMode. */
  readonly mode: string
  /** Absent: it was there before, and stays. */
  readonly id: string | undefined
  /**
   * How services are found: by the names their containers have in the network, by lines in the others' /etc/hosts,
   * or on this very host.
   */
  readonly lookup: 'network' | 'hosts' | 'localhost' | 'none'
}

export interface NetworkOrder {
  readonly networks: Networks
  readonly settings: Pick<DockerSettings, 'networkMode' | 'networkMtu' | 'enableIpv6' | 'networkPools'>
  /** Whether a job that no settings give a network has one of its own; otherwise it is on the engine's bridge. */
  readonly hasOwn: boolean
  readonly name: string
  readonly labels: Record<string, string>
  readonly trace: TraceWriter
  /** Removes networks that dead processes left. */
  readonly prune: () => Promise<unknown>
  readonly signal: AbortSignal
}

/** Others may take a subnet between the look and the request. */
const MAX_SUBNETS_TRIED = 5

/** A network for the job alone, so that its services see each other and nobody else's; or the one the settings name. */
export async function createJobNetwork(order: NetworkOrder): Promise<JobNetwork> {
  const { settings, hasOwn, name, trace, prune } = order
  if (settings.networkMode !== undefined && settings.networkMode !== '') return given(settings.networkMode)
  if (!hasOwn) return given('bridge')
  try {
    return { mode: name, id: await createWithin(order), lookup: 'network' }
  } catch (error) {
    if (!isEngineError(error, 'REFUSED', 'FAILED', 'NOT_FOUND', 'CONFLICT')) throw error
    await prune()
  }
  try {
    return { mode: name, id: await createWithin(order), lookup: 'network' }
  } catch (error) {
    if (!isEngineError(error, 'REFUSED', 'FAILED', 'NOT_FOUND', 'CONFLICT')) throw error
    trace.warn(
      `No network could be made for this job, it shares the engine's default bridge: ${error.message}`,
    )
    return given('bridge')
  }
}

function given(mode: string): JobNetwork {
  const lookups: Record<string, JobNetwork['lookup']> = { host: 'localhost', none: 'none' }
  const isShared = mode.startsWith('container:')
  return { mode, id: undefined, lookup: isShared ? 'localhost' : (lookups[mode] ?? 'hosts') }
}

async function createWithin(order: NetworkOrder): Promise<string> {
  const { networks, settings, signal } = order
  if (settings.networkPools.length === 0) return await create(order, undefined)
  const present = await networks.list([], { signal })
  const taken = present.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []))
  let failure = new EngineError('FAILED', `no free /28 is left in ${settings.networkPools.join(', ')}`)
  let tried = 0
  for (const subnet of freeSubnets(settings.networkPools, taken, Math.random())) {
    if (tried++ === MAX_SUBNETS_TRIED) break
    try {
      return await create(order, subnet)
    } catch (error) {
      if (!isEngineError(error, 'REFUSED', 'FAILED', 'CONFLICT')) throw error
      failure = error
    }
  }
  throw failure
}

function create(order: NetworkOrder, subnet: string | undefined): Promise<string> {
  const { networks, settings, name, labels, signal } = order
  const call: CallOptions = { signal }
  const mtu = settings.networkMtu
  return networks.create(
    {
      Name: name,
      Driver: 'bridge',
      CheckDuplicate: true,
      EnableIPv6: settings.enableIpv6,
      Labels: labels,
      Options: mtu === undefined ? {} : { 'com.docker.network.driver.mtu': String(mtu) },
      ...(subnet === undefined ? {} : { IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } }),
    },
    call,
  )
}
