import { expect } from 'vitest'
import { DEFAULT_GROUP } from '../../src/config/defaults.ts'
import type { PullClient } from '../support/real/clients/pull-client.ts'
import type { BuiltImage, BuiltPlatform } from '../support/real/compose-image.ts'
import { builtImage } from '../support/real/images.ts'
import { begunSince, outcomes } from './outcomes.ts'
import type { Stage } from './stage.ts'
import { IMAGE_OF, REGISTRY_NAMES, type RegistryName, type ThreeRegistries } from './three-registries.ts'

/** How a user of the client names a repository of a registry; the tag or digest is appended. */
export type Spelling = (registry: RegistryName, repository: string) => string

/**
 * The image of each registry by tag, by digest, and for the other platform of its index; then the same with every
 * registry and the token server gone. The client begins each pull with nothing.
 */
export async function expectEveryPull(stage: Stage, client: PullClient, spell: Spelling): Promise<void> {
  for (const registry of REGISTRY_NAMES) await expectPulls(stage, client, spell, registry)
  await expectOneDownloadEach(stage.upstreams)

  await stage.upstreams.stop()
  const since = Date.now()
  for (const registry of REGISTRY_NAMES) await expectPulls(stage, client, spell, registry)
  expect(new Set(outcomes(begunSince(stage.entrepot.logs, since)))).toEqual(new Set(['hit', 'stale']))
  expectGroupNamed(stage)
}

/** As which group a client pulls is in the path; it is the default one where the path names none. */
function expectGroupNamed({ entrepot, group }: Stage): void {
  if (group === DEFAULT_GROUP) return
  const answered = entrepot.logs.filter(({ outcome }) => outcome !== undefined).map(({ url }) => String(url))
  expect(answered.filter((url) => !url.includes(`/${group}/dependency_proxy/containers/`))).toEqual([])
}

async function expectPulls(
  stage: Stage,
  client: PullClient,
  spell: Spelling,
  registry: RegistryName,
): Promise<void> {
  const image = await builtImage(IMAGE_OF[registry])
  const name = spell(registry, image.repository)
  const byTag = `${name}:${image.tags[0]}`
  await expectPull(stage, client, byTag, image, 'amd64')
  await expectPull(stage, client, `${name}@${image.root.digest}`, image, 'amd64')
  await expectPull(stage, client, byTag, image, 'arm64')
}

/** Both the client and Entrepot's log have to say that it was this image and that its bytes came from here. */
async function expectPull(
  { entrepot }: Stage,
  client: PullClient,
  reference: string,
  image: BuiltImage,
  architecture: string,
): Promise<void> {
  await client.empty()
  const since = Date.now()
  const known = await client.pull(reference, `linux/${architecture}`)
  const platform = platformOf(image, architecture)
  expect(
    known.filter((digest) => [image.root.digest, platform.manifest.digest].includes(digest)),
    reference,
  ).not.toEqual([])
  const served = () => {
    const lines = begunSince(entrepot.logs, since).filter(
      ({ event, method }) => event === 'request.served' && method === 'GET',
    )
    return lines.flatMap(({ url }) => /\/blobs\/(sha256:[0-9a-f]{64})/.exec(String(url))?.[1] ?? [])
  }
  // The log line of a reply is written when the client may already have gone on.
  await expect.poll(() => new Set(served()), { message: reference }).toEqual(blobDigests(platform))
}

/**
 * Although the client pulled each image three times: every blob was downloaded once, by whichever registry was first
 * asked for it. What two images have in common is not downloaded again for the second.
 */
async function expectOneDownloadEach({ registries }: ThreeRegistries): Promise<void> {
  const known = new Set<string>()
  for (const [name, registry] of registries) {
    const { repository, platforms } = await builtImage(IMAGE_OF[name])
    const own = new Set(
      platforms.flatMap((platform) => [...blobDigests(platform)]).filter((digest) => !known.has(digest)),
    )
    const downloads = registry.requests.filter(
      ({ method, url, status }) => method === 'GET' && status === 200 && url.includes('/blobs/'),
    )
    expect(downloads.map(({ url }) => url).sort()).toEqual(
      [...own].map((digest) => `/v2/${repository}/blobs/${digest}`).sort(),
    )
    for (const digest of own) known.add(digest)
  }
}

function platformOf(image: BuiltImage, architecture: string): BuiltPlatform {
  const platform = image.platforms.find((candidate) => candidate.architecture === architecture)
  if (platform === undefined) throw new Error(`${image.repository} has no ${architecture}`)
  return platform
}

function blobDigests({ config, layers }: BuiltPlatform): Set<string> {
  return new Set([config.digest, ...layers.map(({ digest }) => digest)])
}
