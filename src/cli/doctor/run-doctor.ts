import { DEFAULT_GROUP } from '../../config/defaults.ts'
import type { UpstreamsReply } from '../../server/schemas/control.ts'
import type { CliContext } from '../context.ts'
import { type FoundServer, findServer } from '../find-server.ts'
import { clientUrl } from '../server-url.ts'
import type { StorageFlags } from '../storage-flags.ts'
import { withCache } from '../with-cache.ts'
import { checkEngine } from './check-engine.ts'
import { checkNode } from './check-node.ts'
import { checkServer } from './check-server.ts'
import { storageFinding, unopenedStorageFinding } from './check-storage.ts'
import { type AskedUpstream, askUpstreams, clockFinding, upstreamFinding } from './check-upstreams.ts'
import { EngineClient } from './engine-client.ts'
import type { Finding } from './finding.ts'

const ENGINE_SOCKET = '/var/run/docker.sock'

export interface DoctorFlags extends StorageFlags {
  /** An image that the engine is to pull through the server. */
  readonly pull?: string
}

/**
 * Looks at everything that a pull needs.
 * @throws SettingsError
 */
export async function runDoctor(flags: DoctorFlags, context: CliContext): Promise<Finding[]> {
  const found = await findServer(flags, context)
  const { about, settings } = found
  const [server, engine, { storage, observed }] = await Promise.all([
    checkServer(found),
    checkEngineOf(found, flags, context),
    lookInside(found, flags, context),
  ])
  const upstreams = upstreamsOf(found, observed)
  const answers = await askUpstreams(upstreams, settings.proxy, () => context.clock.now())
  const told = answers.map((answer) => {
    const seen = observed.find(({ name }) => name === answer.name)
    return upstreamFinding(answer, seen)
  })
  return [checkNode(about.node), ...server, storage, ...told, clockFinding(answers), ...engine]
}

/** A running server may have upstreams that the settings do not have. */
function upstreamsOf(
  { about, settings }: FoundServer,
  observed: UpstreamsReply['upstreams'],
): AskedUpstream[] {
  return about.upstreams.flatMap(({ name }) => {
    const known = settings.upstreams.get(name)
    const seen = observed.find((upstream) => upstream.name === name)
    const url = seen?.url ?? known?.url
    return url === undefined ? [] : [{ name, url: new URL(url), ca: known?.ca }]
  })
}

/** What only the owner of the storage knows: the running server, or we, when there is none. */
async function lookInside({ settings }: FoundServer, flags: StorageFlags, context: CliContext) {
  const { path } = settings.storage
  try {
    return await withCache(flags, context, async (cache) => {
      const { upstreams } = await cache.upstreams()
      return { storage: storageFinding(path, await cache.usage()), observed: upstreams }
    })
  } catch (error) {
    return { storage: await unopenedStorageFinding(path, error), observed: [] }
  }
}

async function checkEngineOf(
  { about }: FoundServer,
  flags: DoctorFlags,
  { env }: CliContext,
): Promise<Finding[]> {
  const url = clientUrl(about)
  const host = env.DOCKER_HOST ?? ''
  if (url === undefined || (host !== '' && !host.startsWith('unix://'))) {
    return [{ check: 'docker', status: 'ok', message: `${host} is not on this machine: not looked at` }]
  }
  const engine = new EngineClient(host === '' ? ENGINE_SOCKET : host.slice('unix://'.length))
  return checkEngine(engine, { url, group: DEFAULT_GROUP, upstreams: [] }, flags.pull)
}
