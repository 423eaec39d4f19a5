import type { ContainerCreateOptions } from 'dockerode'
import type { TraceWriter } from '../executor.ts'
import type { Containers } from './containers.ts'
import { type DindMirror, mirrorArguments, mtuArguments } from './dind-arguments.ts'
import { isDindImage } from './dind-image.ts'
import type { PlannedService } from './service-plan.ts'

export interface ServiceCreation {
  readonly containers: Containers
  readonly options: ContainerCreateOptions
  readonly planned: PlannedService
  /** Absent: engines in containers are left alone. */
  readonly mirror: DindMirror | undefined
  /** Of the network that it is in, in bytes, for engines in containers. Absent: they find one themselves. */
  readonly mtu: number | undefined
  readonly trace: TraceWriter
  readonly signal: AbortSignal
}

/** dockerd does not start when a setting is both here and in its command. */
const DAEMON_FILE = '/etc/docker/daemon.json'
const OFF = 'dind_mirror = false in [runners.docker], or ENTREPOT_DIND_MIRROR: "false", turns this off'

/** @returns the id of the container. @throws EngineError */
export async function createService(creation: ServiceCreation): Promise<string> {
  const { containers, options, planned, mirror, mtu, trace, signal } = creation
  const id = await containers.create(options, { signal })
  if ((mirror === undefined && mtu === undefined) || !isDindImage(planned)) return id
  const { Config } = await containers.inspect(id, { signal })
  const command = [Config.Cmd ?? []].flat()
  const whole = [...[Config.Entrypoint ?? []].flat(), ...command]
  const hasFile = await containers.hasPath(id, DAEMON_FILE, { signal })
  const mirrored = mirror && (hasFile ? `it has a ${DAEMON_FILE} of its own` : mirrorArguments(whole, mirror))
  if (typeof mirrored === 'string') {
    trace.info(`Service ${planned.image} does not pull through the cache: ${mirrored}.`)
  } else if (mirrored !== undefined) {
    trace.info(`Service ${planned.image} pulls through the cache: ${mirrored.join(' ')} (${OFF})`)
  }
  const added = [
    ...(typeof mirrored === 'string' ? [] : (mirrored ?? [])),
    ...(mtu === undefined || hasFile ? [] : mtuArguments(whole, mtu)),
  ]
  if (added.length === 0) return id
  // Only a container says what an image, settings and job together come to, and its command cannot be changed.
  await containers.remove(id, { signal })
  return await containers.create({ ...options, Cmd: [...command, ...added] }, { signal })
}
