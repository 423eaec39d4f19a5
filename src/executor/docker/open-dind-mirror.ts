import { isIP } from 'node:net'
import type { DockerSettings } from '../config/docker-settings.ts'
import { ProxyUnavailable } from '../dependency-proxy.ts'
import type { TraceWriter } from '../executor.ts'
import type { JobImages } from '../images/image-resolver.ts'
import { isGoTrue } from '../job/go-bool.ts'
import type { JobVariables } from '../job/job-variables.ts'
import type { DindMirror } from './dind-arguments.ts'
import { isDindImage } from './dind-image.ts'
import type { JobNetwork } from './job-network.ts'
import { mirrorPlace } from './mirror-place.ts'
import type { Networks } from './networks.ts'
import type { PlannedService } from './service-plan.ts'

export interface DindMirrorOrder {
  readonly services: readonly PlannedService[]
  readonly settings: Pick<DockerSettings, 'dindMirror'>
  readonly variables: JobVariables
  readonly network: JobNetwork
  readonly networks: Networks
  readonly images: JobImages
  readonly trace: TraceWriter
  readonly signal: AbortSignal
}

/** Of a job that wants its engines left alone: `false`. */
const SWITCH = 'ENTREPOT_DIND_MIRROR'
const OUR_SERVER = 'CI_DEPENDENCY_PROXY_SERVER'

/**
 * A mirror for the engines that run in services of a job. It is on the job's own network, where nobody else is:
 * without such a network there is none. Engines do without where it fails, and the log says so.
 */
export async function openDindMirror(order: DindMirrorOrder): Promise<DindMirror | undefined> {
  const { services, settings, variables, images, trace } = order
  const wish = variables.get(SWITCH)
  const isWanted = settings.dindMirror && (wish === undefined || wish === '' || isGoTrue(wish))
  const [dind] = services.filter(isDindImage)
  if (dind === undefined || !isWanted) return undefined
  const none = (why: string) => trace.info(`Service ${dind.image} does not pull through the cache: ${why}.`)
  try {
    const address = await open(order, none)
    return address === undefined ? undefined : { address, others: alsoPlain(images) }
  } catch (error) {
    if (!(error instanceof ProxyUnavailable)) throw error
    trace.warn(`Service ${dind.image} does not pull through the cache: ${error.message}`)
    return undefined
  }
}

async function open(
  { network, networks, images, signal }: DindMirrorOrder,
  none: (why: string) => void,
): Promise<string | undefined> {
  if (network.id === undefined) {
    none('the job has no network of its own')
    return undefined
  }
  const place = mirrorPlace(await networks.inspect(network.id, { signal }))
  const address = place && (await images.openMirror(place))
  if (address === undefined) none('the cache is not on the machine of the engine')
  return address
}

/** What CI_DEPENDENCY_PROXY_* name, where it is no name: that would have a certificate, which is to be checked. */
function alsoPlain({ variables }: JobImages): readonly string[] {
  const server = variables.find(({ key }) => key === OUR_SERVER)?.value
  return server !== undefined && isIP(server.replace(/:\d+$/, '')) !== 0 ? [server] : []
}
