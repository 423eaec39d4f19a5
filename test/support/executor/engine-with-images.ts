import { startWith } from '../real/cleanups.ts'
import { type ClientMachine, startClientMachine } from '../real/client-machine.ts'
import type { Daemon } from '../real/daemon.ts'
import { startDockerRegistry } from '../real/docker-registry.ts'
import { type Engine, type EngineOptions, startEngine } from '../real/engine.ts'
import { createEngineNetwork, type EngineNetwork } from '../real/engine-network.ts'
import { builtImage, type ImageName } from '../real/images.ts'

/** An engine that has the images, under the names that people write: `busybox:1.35`. */
export interface EngineWithImages extends AsyncDisposable {
  readonly engine: Engine
  readonly docker: Engine['docker']
  /** For DOCKER_HOST. */
  readonly endpoint: string
  /** Containers, networks and volumes that carry the labels of the job, other than those that outlive jobs. */
  leftOf(jobId: number): Promise<string[]>
  /** Stops it, with all of its containers, and starts it again: as an upgrade does. */
  restart(): Promise<void>
}

/** @param foreign had for another processor, as `busybox:arm64` */
export function startEngineWithImages(
  names: readonly ImageName[],
  foreign?: ImageName,
  options: EngineOptions = {},
): Promise<EngineWithImages> {
  return startWith(async (cleanups) => {
    const engine = cleanups.use(await startEngine(options))
    await pull(engine, names, foreign)
    const docker: Engine['docker'] = (...args) => engine.docker(...args)
    return {
      engine,
      docker,
      endpoint: engine.endpoint,
      leftOf: (jobId) => listLeft(docker, `label=entrepot.executor.job=${jobId}`),
      restart: () => engine.restart(),
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

/** The engine of another tree, which has the images in the same way. */
export interface OtherEngine extends Omit<EngineWithImages, 'engine'> {
  readonly network: EngineNetwork
  /** Runs its own client. */
  readonly docker: Engine['docker']
}

export function startEngineOf(
  root: string,
  names: readonly ImageName[],
  foreign?: ImageName,
): Promise<OtherEngine> {
  return startWith(async (cleanups) => {
    const network = cleanups.use(await createEngineNetwork())
    const machine = cleanups.use(await startClientMachine({ network, root }))
    let daemon = await startDockerd(machine)
    const docker: Engine['docker'] = (...args) => machine.run(['docker', ...args])
    await pull({ docker, hostAddress: network.hostAddress }, names, foreign)
    return {
      endpoint: `unix://${machine.pathOf('/run/docker.sock')}`,
      network,
      docker,
      leftOf: (jobId) => listLeft(docker, `label=entrepot.executor.job=${jobId}`),
      restart: async () => {
        await daemon.stop()
        daemon = await startDockerd(machine)
      },
      [Symbol.asyncDispose]: () => cleanups[Symbol.asyncDispose](),
    }
  })
}

async function startDockerd(machine: ClientMachine): Promise<Daemon> {
  const daemon = machine.start(['dockerd', '--insecure-registry', machine.network.subnet])
  await daemon.waitForLine((line) => line.includes('API listen on'), ENGINE_START_TIMEOUT_MS)
  return daemon
}

const ENGINE_START_TIMEOUT_MS = 60_000

/** By way of a registry that is gone when they are here. */
async function pull(
  engine: Pick<Engine, 'docker' | 'hostAddress'>,
  names: readonly ImageName[],
  foreign?: ImageName,
): Promise<void> {
  await using registry = await startDockerRegistry({ host: engine.hostAddress, images: names })
  for (const name of names) {
    const { repository, tags } = await builtImage(name)
    const pulled = `${registry.address}/${repository}:${tags[0]}`
    await engine.docker('pull', pulled)
    for (const tag of tags)
      await engine.docker('tag', pulled, `${repository.replace(/^library\//, '')}:${tag}`)
    if (name === foreign) {
      await engine.docker('pull', '--platform', 'linux/arm64', pulled)
      await engine.docker('tag', pulled, `${name}:arm64`)
    }
    await engine.docker('rmi', pulled)
  }
}

/** What carries the label, other than volumes that outlive jobs. */
export async function listLeft(docker: Engine['docker'], label: string): Promise<string[]> {
  const filters = ['--filter', label]
  const lists = await Promise.all([
    docker('ps', '--all', '--format', 'container {{.Names}}', ...filters),
    docker('network', 'ls', '--format', 'network {{.Name}}', ...filters),
    docker(
      'volume',
      'ls',
      '--format',
      'volume {{.Name}}',
      ...filters,
      '--filter',
      'label=entrepot.executor.reusable=false',
    ),
  ])
  return lists.flatMap((list) => list.split('\n')).filter((line) => line !== '')
}
