import type { Swept } from '../executor.ts'
import type { Containers } from './containers.ts'
import { OWN, ofHost, ownerIn } from './labels.ts'
import type { Networks } from './networks.ts'
import { isAlive, type Owner } from './owner.ts'
import type { Volumes } from './volumes.ts'

/** What an engine keeps for us. */
export interface EngineParts {
  readonly containers: Containers
  readonly networks: Networks
  readonly volumes: Volumes
}

type Labels = Readonly<Record<string, string>> | null

export interface RemovalRules {
  /** A last look at the labels of each. */
  readonly isMeant: (labels: Labels) => boolean
  readonly keepVolumes: boolean
  /** Only counts. */
  readonly isDryRun?: boolean
}

/**
 * Removes containers, then networks, then volumes that carry the labels; volumes that outlive jobs stay.
 * @throws EngineError, after all has been tried
 */
export async function removeLabelled(
  { containers, networks, volumes }: EngineParts,
  labels: readonly string[],
  { isMeant, keepVolumes, isDryRun = false }: RemovalRules,
): Promise<Swept> {
  const removedContainers = await removeEach(
    (await containers.list(labels)).filter(({ Labels }) => isMeant(Labels)),
    ({ Id }) => containers.remove(Id, { keepVolumes }),
    isDryRun,
  )
  const removedNetworks = await removeEach(
    (await networks.list(labels)).filter(({ Labels }) => isMeant(Labels ?? null)),
    ({ Id }) => networks.remove(Id),
    isDryRun,
  )
  const removedVolumes = await removeEach(
    (await volumes.list([...labels, `${OWN}.reusable=false`])).filter(({ Labels }) => isMeant(Labels)),
    ({ Name }) => volumes.remove(Name),
    isDryRun,
  )
  return { containers: removedContainers, networks: removedNetworks, volumes: removedVolumes }
}

async function removeEach<T>(
  found: readonly T[],
  remove: (one: T) => Promise<void>,
  isDryRun: boolean,
): Promise<number> {
  if (isDryRun) return found.length
  const results = await Promise.allSettled(found.map(remove))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return found.length
}

/** Removes what processes of this host made that do not run any more. @throws EngineError */
export async function removeAbandoned(
  parts: EngineParts,
  hostId: string,
  { isDryRun = false }: Pick<RemovalRules, 'isDryRun'> = {},
): Promise<Swept> {
  const labels = ofHost(hostId)
  const { containers, networks, volumes } = parts
  const found: Labels[] = [
    ...(await containers.list(labels)).map(({ Labels }) => Labels),
    ...(await networks.list(labels)).map(({ Labels }) => Labels ?? null),
    ...(await volumes.list(labels)).map(({ Labels }) => Labels),
  ]
  const dead = new Set<string>()
  for (const owner of found.flatMap((one) => ownerIn(one) ?? [])) {
    if (!(await isAlive(owner))) dead.add(keyOf(owner))
  }
  const isMeant = (one: Labels) => {
    const owner = ownerIn(one)
    return owner !== undefined && dead.has(keyOf(owner))
  }
  return await removeLabelled(parts, labels, { isMeant, keepVolumes: false, isDryRun })
}

function keyOf({ pid, startedAt }: Owner): string {
  return `${pid} ${startedAt}`
}
