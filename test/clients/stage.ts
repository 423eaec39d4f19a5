import { afterAll, beforeAll } from 'vitest'
import type { ConnectionTarget } from '../../src/cli/connect/target.ts'
import { type Cleanups, startWith } from '../support/real/cleanups.ts'
import { createEngineNetwork, type EngineNetwork } from '../support/real/engine-network.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'
import { REGISTRY_NAMES, startThreeRegistries, type ThreeRegistries } from './three-registries.ts'

/**
 * Three registries, and one empty Entrepot before them on the link to a network of its own. A client in that network
 * can reach Entrepot and nothing else.
 */
export class Stage implements AsyncDisposable {
  readonly group: string
  readonly network: EngineNetwork
  readonly entrepot: EntrepotProcess
  readonly upstreams: ThreeRegistries
  readonly #cleanups: Cleanups

  constructor(
    group: string,
    network: EngineNetwork,
    entrepot: EntrepotProcess,
    upstreams: ThreeRegistries,
    cleanups: Cleanups,
  ) {
    this.group = group
    this.network = network
    this.entrepot = entrepot
    this.upstreams = upstreams
    this.#cleanups = cleanups
  }

  /** What `entrepot connect` is told about this server. */
  get target(): ConnectionTarget {
    const upstreams = REGISTRY_NAMES.map((name) => ({ name }))
    return { url: new URL(this.entrepot.url), group: this.group, upstreams }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/**
 * For a suite: its tests share the registries, and each begins with them up. The result starts a stage in a test,
 * where `group` pulls without credentials.
 */
export function useStages(): (group: string) => Promise<Stage> {
  let upstreams: ThreeRegistries | undefined
  beforeAll(async () => {
    upstreams = await startThreeRegistries()
  }, IMAGE_BUILD_TIMEOUT_MS)
  afterAll(() => upstreams?.[Symbol.asyncDispose]())
  return (group) => {
    if (upstreams === undefined) throw new Error('the registries are not there')
    return startStage(group, upstreams)
  }
}

function startStage(group: string, upstreams: ThreeRegistries): Promise<Stage> {
  return startWith(async (cleanups) => {
    await upstreams.begin()
    const network = cleanups.use(await createEngineNetwork())
    const options = {
      upstreams: upstreams.upstreams(group),
      listen: [`${network.hostAddress}:0`],
      settings: { groups: { [group]: { anonymous: { networks: ['127.0.0.0/8', network.subnet] } } } },
    }
    const entrepot = cleanups.use(await startEntrepot(options))
    return new Stage(group, network, entrepot, upstreams, cleanups)
  })
}
