import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cleanups, startWith } from '../support/real/cleanups.ts'
import { type DockerRegistry, startDockerRegistry } from '../support/real/docker-registry.ts'
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

/** The one that serves nobody without a token. */
const GUARDED: RegistryName = 'quay.io'
const PASSWORD = 's3cret-of-alice'

/** Real registries on this machine's loopback, under the names of well-known ones. They can go down and come back. */
export class ThreeRegistries implements AsyncDisposable {
  readonly registries: ReadonlyMap<RegistryName, DockerRegistry>
  readonly #tokens: TokenServer
  readonly #passwordFile: string
  readonly #cleanups: Cleanups
  #areUp = true

  constructor(
    registries: ReadonlyMap<RegistryName, DockerRegistry>,
    tokens: TokenServer,
    passwordFile: string,
    cleanups: Cleanups,
  ) {
    this.registries = registries
    this.#tokens = tokens
    this.#passwordFile = passwordFile
    this.#cleanups = cleanups
  }

  /** The section `upstreams` of the settings, for clients that pull as `group`. */
  upstreams(group: string): Record<string, object> {
    const account = { username: 'alice', passwordFile: this.#passwordFile, privateFor: [group] }
    const guarded = { ...account, tokenHosts: [new URL(this.#tokens.realm).host] }
    const sections = [...this.registries].map(([name, { url }]) => {
      // Every pull by tag asks again, so that an outage is noticed and not slept through.
      return [name, { url, tagTtl: '0s', ...(name === GUARDED ? guarded : {}) }]
    })
    return Object.fromEntries(sections)
  }

  /** All of them up, and nothing asked of them yet. */
  async begin(): Promise<void> {
    if (!this.#areUp) {
      await this.#tokens.start()
      for (const registry of this.registries.values()) await registry.start()
      this.#areUp = true
    }
    for (const registry of this.registries.values()) registry.forgetRequests()
  }

  /** Takes all of them down, and the token server. */
  async stop(): Promise<void> {
    this.#areUp = false
    for (const registry of this.registries.values()) await registry.stop()
    await this.#tokens.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanups[Symbol.asyncDispose]()
  }
}

export function startThreeRegistries(): Promise<ThreeRegistries> {
  return startWith(async (cleanups) => {
    const users = { alice: { password: PASSWORD, repositories: ['team/*'] } }
    const tokens = cleanups.use(await startTokenServer({ users }))
    const registries = new Map<RegistryName, DockerRegistry>()
    for (const name of REGISTRY_NAMES) {
      const auth = name === GUARDED ? { auth: { tokens } } : {}
      const registry = await startDockerRegistry({ images: [IMAGE_OF[name]], ...auth })
      registries.set(name, cleanups.use(registry))
    }
    const passwordFile = join(await scratchDir('password', cleanups), 'password')
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
    return new ThreeRegistries(registries, tokens, passwordFile, cleanups)
  })
}
