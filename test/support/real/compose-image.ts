import { createHash } from 'node:crypto'
import type { LayerName } from './layer-recipes.ts'
import type { LayerFile } from './pack-layer.ts'

export interface PlatformRecipe {
  readonly architecture: 'amd64' | 'arm64'
  readonly variant?: string
  /** Lowest first. */
  readonly layers: readonly LayerName[]
}

export interface ImageRecipe {
  readonly repository: string
  readonly tags: readonly string[]
  readonly format: 'docker' | 'oci'
  /** More than one makes an index. */
  readonly platforms: readonly PlatformRecipe[]
  /** Env, Cmd, Entrypoint: the part that a container runs by. */
  readonly config: object
}

/** Bytes that a registry knows by digest. */
export interface Content {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface BuiltPlatform {
  readonly architecture: string
  readonly manifest: Content
  readonly config: Content
  readonly layers: readonly LayerFile[]
}

export interface BuiltImage {
  readonly repository: string
  readonly tags: readonly string[]
  /** What the tags point to: the index, or the only manifest. */
  readonly root: Content
  readonly platforms: readonly BuiltPlatform[]
}

/** Source: image-spec media-types.md; distribution docs/spec/manifest-v2-2.md. */
const MEDIA_TYPES = {
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  },
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
    index: 'application/vnd.oci.image.index.v1+json',
  },
}

const CREATED_AT = '2026-01-01T00:00:00Z'

export function composeImage(recipe: ImageRecipe, files: ReadonlyMap<LayerName, LayerFile>): BuiltImage {
  const platforms = recipe.platforms.map((platform) => composePlatform(recipe, platform, files))
  const [only, ...others] = platforms
  if (only === undefined) throw new Error(`${recipe.repository} has no platform`)
  const root = others.length === 0 ? only.manifest : composeIndex(recipe, platforms)
  return { repository: recipe.repository, tags: recipe.tags, root, platforms }
}

function composePlatform(
  { format, config: runtime }: ImageRecipe,
  { layers: names, ...platform }: PlatformRecipe,
  files: ReadonlyMap<LayerName, LayerFile>,
): BuiltPlatform {
  const types = MEDIA_TYPES[format]
  const layers = names.flatMap((name) => files.get(name) ?? [])
  const config = content(types.config, {
    ...platform,
    os: 'linux',
    created: CREATED_AT,
    config: runtime,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: names.map((name) => ({ created: CREATED_AT, created_by: name })),
  })
  const manifest = content(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(config),
    layers: layers.map(({ digest, sizeBytes }) => ({ mediaType: types.layer, digest, size: sizeBytes })),
  })
  return { architecture: platform.architecture, manifest, config, layers }
}

function composeIndex({ format, platforms: recipes }: ImageRecipe, built: readonly BuiltPlatform[]): Content {
  const mediaType = MEDIA_TYPES[format].index
  const manifests = built.map(({ manifest }, position) => {
    const { layers: _, ...platform } = recipes[position] ?? {}
    return { ...descriptor(manifest), platform: { ...platform, os: 'linux' } }
  })
  return content(mediaType, { schemaVersion: 2, mediaType, manifests })
}

function content(mediaType: string, value: object): Content {
  const bytes = Buffer.from(JSON.stringify(value, null, 2))
  return { mediaType, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
}

function descriptor({ mediaType, digest, bytes }: Content): object {
  return { mediaType, digest, size: bytes.length }
}
