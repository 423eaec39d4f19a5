import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionTarget } from '../../src/cli/connect/target.ts'
import { type Cleanups, startWith } from '../support/real/cleanups.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
import { createEngineNetwork, type EngineNetwork } from '../support/real/engine-network.ts'
import { type EntrepotProcess, startEntrepot } from '../support/real/entrepot-process.ts'
import type { ImageName } from '../support/real/images.ts'
import { scratchDir } from '../support/real/scratch-dir.ts'
import { startTokenServer, type TokenServer } from '../support/real/token-server.ts'

/** Which image each of the three registries has. */
export const IMAGE_OF = {
  'docker.io': 'busybox',
  'ghcr.io': 'greeter',
  'quay.io': 'notes',
} as const satisfies Record<string, ImageName>

export type RegistryName = keyof typeof IMAGE_OF

export const REGISTRY_NAMES = Object.keys(IMAGE_OF) as readonly RegistryName[]

const PASSWORD = 's3cret-of-alice'

/**
 * Three real registries on this machine's loopback, the third behind a token server, and one Entrepot before them
 * on the link to a network of its own. A client in that network can reach Entrepot and nothing else.
 */
export class Stage implements AsyncDisposable {
  readonly group: string
  readonly network: EngineNetwork
  readonly entrepot: EntrepotProcess
  readonly registries: ReadonlyMap<RegistryName, DockerRegistry>
  readonly #tokens: TokenServer
  readonly #cleanups: Cleanups

  constructor(
    group: string,
    network: EngineNetwork,
    entrepot: EntrepotProcess,
    registries: ReadonlyMap<RegistryName, DockerRegistry>,
    tokens: TokenServer,
    cleanups: Cleanups,
  ) {
    this.group = group
    this.network = network
    this.entrepot = entrepot
    this.registries = registries
    this.#tokens = tokens
    this.#cleanups = cleanups
  }

  /** What `entrepot connect` is told about this server. */
  get target(): ConnectionTarget {
    const upstreams = REGISTRY_NAMES.map((name) => ({ name }))
    return { url: new URL(this.entrepot.url), group: this.group, upstreams }
  }

  async stopUpstreams(): Promise<void> {
    for (const registry of this.registries.values()) await registry.stop()
    await this.#tokens.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

/** `group` is let in without credentials, as `default` is. For use in a test, as startEntrepot is. */
export function startStage(group: string): Promise<Stage> {
  return startWith(async (cleanups) => {
    const users = { alice: { password: PASSWORD, repositories: ['team/*'] } }
    const tokens = cleanups.use(await startTokenServer({ users }))
    const registries = new Map<RegistryName, DockerRegistry>()
    for (const name of REGISTRY_NAMES) {
      const auth = name === 'quay.io' ? { auth: { tokens } } : {}
      const registry = await startDockerRegistry({ images: [IMAGE_OF[name]], ...auth })
      registries.set(name, cleanups.use(registry))
    }
    const network = cleanups.use(await createEngineNetwork())
    const passwordFile = join(await scratchDir('password', cleanups), 'password')
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
    const account = { username: 'alice', passwordFile, tokenHosts: [new URL(tokens.realm).host] }
    // Every pull by tag asks again, so that the outage is noticed and not slept through.
    const upstreams = [...registries].map(([name, { url }]) => {
      const access = name === 'quay.io' ? { ...account, privateFor: ['default', group] } : {}
      return [name, { url, tagTtl: '0s', ...access }]
    })
    const networks = ['127.0.0.0/8', network.subnet]
    const groups = ['default', group].map((name) => [name, { anonymous: { networks: [...networks] } }])
    const entrepot = await startEntrepot({
      upstreams: Object.fromEntries(upstreams),
      listen: [`${network.hostAddress}:0`],
      settings: { groups: Object.fromEntries(groups) },
    })
    cleanups.use(entrepot)
    return new Stage(group, network, entrepot, registries, tokens, cleanups)
  })
}
