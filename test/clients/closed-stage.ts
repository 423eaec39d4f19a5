import { buildDist } from '../support/real/build-dist.ts'
import { type Cleanups, startWith } from '../support/real/cleanups.ts'
import { createEngineNetwork, type EngineNetwork } from '../support/real/engine-network.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { runCommand } from '../support/real/run-command.ts'
import type { ThreeRegistries } from './three-registries.ts'

/** What a pipeline is given to pull with. */
export interface Job {
  readonly id: string
  readonly user: string
  readonly password: string
  /** HOST:PORT, for `docker login`. */
  readonly server: string
  /** In front of an image's name. */
  readonly prefix: string
}

export interface ClosedStageOptions {
  /** Lets the stage's network in at the mirror door without credentials; default false. */
  readonly isMirrorOpen?: boolean
}

/** Three registries, and Entrepot before them, which lets nobody into the groups `acme` and `other` without credentials. */
export class ClosedStage implements AsyncDisposable {
  readonly network: EngineNetwork
  readonly entrepot: EntrepotProcess
  readonly #program: string
  readonly #cleanups: Cleanups

  constructor(network: EngineNetwork, entrepot: EntrepotProcess, program: string, cleanups: Cleanups) {
    this.network = network
    this.entrepot = entrepot
    this.#program = program
    this.#cleanups = cleanups
  }

  /** What `entrepot ci-variables` gives to a job. */
  async mintJob(group: string): Promise<Job> {
    const told = JSON.parse(await this.#run('ci-variables', '--group', group, '--format', 'json')) as {
      readonly id: string
      readonly variables: Readonly<Record<string, string>>
    }
    const variable = (name: string): string => told.variables[`CI_DEPENDENCY_PROXY_${name}`] ?? ''
    return {
      id: told.id,
      user: variable('USER'),
      password: variable('PASSWORD'),
      server: variable('SERVER'),
      prefix: variable('DIRECT_GROUP_IMAGE_PREFIX'),
    }
  }

  async revokeJob({ id }: Job): Promise<void> {
    await this.#run('job-credential', 'revoke', id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }

  #run(...args: string[]): Promise<string> {
    const all = [this.#program, ...args, '--storage', this.entrepot.storage]
    return runCommand(process.execPath, all, { cwd: this.entrepot.storage })
  }
}

/** For use in a test, as startEntrepot is. */
export function startClosedStage(
  upstreams: ThreeRegistries,
  { isMirrorOpen = false }: ClosedStageOptions = {},
): Promise<ClosedStage> {
  return startWith(async (cleanups) => {
    await upstreams.begin()
    const network = cleanups.use(await createEngineNetwork())
    const openTo = (...networks: string[]) => ({ anonymous: { networks } })
    const mirror = isMirrorOpen ? openTo(network.subnet) : openTo()
    const entrepot = await startEntrepot({
      upstreams: upstreams.upstreams('acme'),
      listen: [`${network.hostAddress}:0`],
      settings: { groups: { default: mirror, acme: openTo(), other: openTo() } },
    })
    return new ClosedStage(network, cleanups.use(entrepot), await buildDist(), cleanups)
  })
}
