import { buildLayers } from './build-layers.ts'
import { type BuiltImage, composeImage, type ImageRecipe } from './compose-image.ts'
import { pushImage } from './push-image.ts'

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Images named after what people pull. They are made here from Debian packages, so only the names are those
 * of the official ones.
 */
const IMAGES = {
  /** Small, two platforms, a Docker manifest list. */
  busybox: {
    repository: 'library/busybox',
    tags: ['1.35', 'latest'],
    format: 'docker',
    platforms: [
      { architecture: 'amd64', layers: ['busybox-amd64'] },
      { architecture: 'arm64', variant: 'v8', layers: ['busybox-arm64'] },
    ],
    config: { Env: [PATH], Cmd: ['sh'] },
  },
  /** Five layers, one of 32 MiB, one that takes files away; one OCI manifest and no index. */
  toolbox: {
    repository: 'library/toolbox',
    tags: ['1.0', 'latest'],
    format: 'oci',
    platforms: [
      {
        architecture: 'amd64',
        layers: ['busybox-amd64', 'many-files', 'large-file', 'changed-files', 'greeting'],
      },
    ],
    config: { Env: [PATH], Cmd: ['greet'] },
  },
  /** Small, two platforms, an OCI index; a path of three parts. */
  greeter: {
    repository: 'acme/tools/greeter',
    tags: ['2.1'],
    format: 'oci',
    platforms: [
      { architecture: 'amd64', layers: ['busybox-amd64', 'greeting'] },
      { architecture: 'arm64', variant: 'v8', layers: ['busybox-arm64', 'greeting'] },
    ],
    config: { Env: [PATH], Cmd: ['greet'] },
  },
  /** Small, two platforms, an OCI index. */
  notes: {
    repository: 'team/notes',
    tags: ['v3'],
    format: 'oci',
    platforms: [
      { architecture: 'amd64', layers: ['busybox-amd64', 'changed-files'] },
      { architecture: 'arm64', variant: 'v8', layers: ['busybox-arm64', 'changed-files'] },
    ],
    config: { Env: [PATH], Cmd: ['sh'] },
  },
  /** Two platforms, an OCI index. */
  debian: {
    repository: 'library/debian',
    tags: ['bookworm-slim', '12', 'latest'],
    format: 'oci',
    platforms: [
      { architecture: 'amd64', layers: ['debian'] },
      { architecture: 'arm64', variant: 'v8', layers: ['debian-arm64'] },
    ],
    config: { Env: [PATH], Cmd: ['bash'] },
  },
  /** Three layers, the first shared with debian. */
  redis: {
    repository: 'library/redis',
    tags: ['7', 'latest'],
    format: 'docker',
    platforms: [{ architecture: 'amd64', layers: ['debian', 'redis', 'redis-start'] }],
    config: { Env: [PATH], Cmd: ['start-redis'], ExposedPorts: { '6379/tcp': {} }, WorkingDir: '/data' },
  },
  /** With psql: a job of the image asks a service of it. */
  postgres: {
    repository: 'library/postgres',
    tags: ['15', 'latest'],
    format: 'docker',
    platforms: [{ architecture: 'amd64', layers: ['debian', 'postgres', 'postgres-start'] }],
    config: {
      Env: [PATH],
      Entrypoint: ['start-postgres'],
      Cmd: ['postgres'],
      ExposedPorts: { '5432/tcp': {} },
      Volumes: { '/var/lib/postgresql/data': {} },
      StopSignal: 'SIGINT',
    },
  },
  /** An engine in a container, as `docker:dind` is. */
  dind: {
    repository: 'library/docker',
    tags: ['20-dind', 'dind'],
    format: 'docker',
    platforms: [{ architecture: 'amd64', layers: ['debian', 'docker', 'docker-start'] }],
    config: {
      Env: [PATH, 'DOCKER_TLS_CERTDIR='],
      Entrypoint: ['dockerd-entrypoint.sh'],
      ExposedPorts: { '2375/tcp': {}, '2376/tcp': {} },
      Volumes: { '/var/lib/docker': {} },
    },
  },
  git: {
    repository: 'alpine/git',
    tags: ['latest'],
    format: 'docker',
    platforms: [{ architecture: 'amd64', layers: ['debian', 'git-lfs'] }],
    config: { Env: [PATH], Entrypoint: ['git'], WorkingDir: '/git' },
  },
  /** The Node that runs the tests. With git and git-lfs: what is built on it needs no packages. */
  node: {
    repository: 'library/node',
    tags: ['lts'],
    format: 'docker',
    platforms: [{ architecture: 'amd64', layers: ['debian', 'git-lfs', 'node'] }],
    config: { Env: [PATH], Cmd: ['node'] },
  },
} as const satisfies Record<string, ImageRecipe>

export type ImageName = keyof typeof IMAGES

/** For a suite's beforeAll: how long a build from nothing may take on a busy machine. */
export const IMAGE_BUILD_TIMEOUT_MS = 300_000

/** The image with all its manifests; its layers are built when the cache lacks them. */
export async function builtImage(name: ImageName): Promise<BuiltImage> {
  const recipe: ImageRecipe = IMAGES[name]
  const layers = await buildLayers(recipe.platforms.flatMap((platform) => platform.layers))
  return composeImage(recipe, layers)
}

/** Pushes to a registry that asks for no credentials. */
export async function pushImages(registryUrl: string, names: readonly ImageName[]): Promise<void> {
  for (const name of names) await pushImage(registryUrl, await builtImage(name))
}
