import { networkInterfaces } from 'node:os'
import type { ContainerInspectInfo } from 'dockerode'
import type { Clock } from '../../clock.ts'
import type { Containers } from './containers.ts'
import { dial } from './dial.ts'
import { isEngineError } from './engine-error.ts'
import type { JobNetwork } from './job-network.ts'
import { listeningPorts, READ_LISTENERS } from './listening-ports.ts'
import { type HealthCheck, healthCheck } from './service-health.ts'

export interface ServiceWait {
  readonly containers: Containers
  readonly containerId: string
  /** For messages: the container's name. */
  readonly name: string
  readonly network: JobNetwork
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export type ServiceState =
  | { readonly kind: 'ready' }
  /** It runs, and nothing more can be seen from here. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'failed'; readonly why: string }

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1000

/** Until the service is ready, has ended, or time is up. @throws EngineError; the signal's reason */
export async function waitForService(wait: ServiceWait): Promise<ServiceState> {
  const { containers, containerId, name, clock, timeoutMs, signal } = wait
  const giveUpAt = clock.now() + timeoutMs
  let pauseMs = FIRST_PAUSE_MS
  while (true) {
    const seen = await containers.inspect(containerId, { signal })
    if (!seen.State.Running) {
      return { kind: 'failed', why: `service "${name}" ended with exit code ${seen.State.ExitCode}` }
    }
    const check = healthCheck(seen.Config)
    if (check.kind === 'none') return { kind: 'failed', why: `service "${name}" has no exposed ports` }
    const look = await lookOnce(wait, seen, check)
    if (look !== 'not yet') return { kind: look }
    if (clock.now() >= giveUpAt) return { kind: 'failed', why: timeoutMessage(name, check) }
    await clock.sleep(pauseMs, signal)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

type Look = 'ready' | 'not yet' | 'unseen'

async function lookOnce(wait: ServiceWait, seen: ContainerInspectInfo, check: HealthCheck): Promise<Look> {
  if (check.kind !== 'ports') return seen.State.Health?.Status === 'healthy' ? 'ready' : 'not yet'
  const address = addressOf(seen)
  if (address !== undefined && isOnThisHost(wait.network)) {
    const results = await Promise.all(check.ports.map((port) => dial(address, port)))
    return results.includes('open') ? 'ready' : 'not yet'
  }
  return await lookInside(wait, check.ports)
}

/** Ports that the engine publishes would tell nothing: it takes connections though nobody listens behind them. */
async function lookInside(wait: ServiceWait, ports: readonly number[]): Promise<Look> {
  const { containers, containerId, network, signal } = wait
  try {
    const { output } = await containers.run(containerId, READ_LISTENERS, { signal })
    if (!output.includes('local_address')) return 'unseen'
    const open = listeningPorts(output, network.lookup === 'localhost')
    return ports.some((port) => open.has(port)) ? 'ready' : 'not yet'
  } catch (error) {
    // It ended in this moment, or a command cannot be started in it: the next look at its state tells.
    if (isEngineError(error, 'NOT_FOUND', 'CONFLICT')) return 'not yet'
    if (isEngineError(error, 'REFUSED', 'FAILED')) return 'unseen'
    throw error
  }
}

/** Whether the bridge of the job's network is one of our own interfaces: its name is random, so it is no namesake. */
function isOnThisHost({ id }: JobNetwork): boolean {
  return id !== undefined && networkInterfaces()[`br-${id.slice(0, 12)}`] !== undefined
}

export function addressOf({ NetworkSettings }: ContainerInspectInfo): string | undefined {
  return Object.values(NetworkSettings.Networks ?? {})
    .map(({ IPAddress }) => IPAddress)
    .find((address) => address !== '' && address !== undefined)
}

function timeoutMessage(name: string, check: HealthCheck): string {
  if (check.kind === 'ports')
    return `service "${name}" timeout: nobody listens on port ${check.ports.join(', ')}`
  return `service "${name}" timeout: its image's HEALTHCHECK does not say healthy`
}
