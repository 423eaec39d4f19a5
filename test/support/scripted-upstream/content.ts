import { randomBytes } from 'node:crypto'
import { type Digest, digestOf } from '../../../src/oci/digest.ts'

export interface StoredBlob {
  readonly digest: Digest
  readonly bytes: Buffer
}

export interface StoredManifest extends StoredBlob {
  readonly mediaType: string
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

export interface ImageSpec {
  readonly tags?: readonly string[]
  /** Default: two layers of random bytes. */
  readonly layers?: readonly Buffer[]
  /** One image manifest per platform, all of the same layers, and an index that the tags point to. */
  readonly index?: readonly Platform[]
  /** Default `oci`. */
  readonly mediaTypes?: 'oci' | 'docker'
}

export interface ScriptedImage {
  readonly repository: string
  /** The image manifest; of an index, the first platform's. */
  readonly manifest: StoredManifest
  readonly config: StoredBlob
  readonly layers: readonly StoredBlob[]
  readonly index: StoredManifest | undefined
  /** Every image manifest, in the order of the platforms. */
  readonly manifests: readonly StoredManifest[]
  /** What the tags point to. */
  readonly root: StoredManifest
}

const MEDIA_TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const

interface RepositoryContent {
  readonly blobs: Map<string, Buffer>
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, Digest>
}

/** What a scripted registry holds: repositories of blobs, manifests and tags, kept in memory. */
export class RegistryContent {
  readonly #repositories = new Map<string, RepositoryContent>()

  find(repository: string): RepositoryContent | undefined {
    return this.#repositories.get(repository)
  }

  addBlob(repository: string, bytes: Buffer): StoredBlob {
    const blob = { digest: digestOf(bytes), bytes }
    this.#open(repository).blobs.set(blob.digest, bytes)
    return blob
  }

  removeBlob(repository: string, digest: Digest): void {
    this.#open(repository).blobs.delete(digest)
  }

  addManifest(
    repository: string,
    bytes: Buffer,
    mediaType: string,
    tags: readonly string[] = [],
  ): StoredManifest {
    const manifest = { digest: digestOf(bytes), bytes, mediaType }
    const content = this.#open(repository)
    content.manifests.set(manifest.digest, manifest)
    for (const tag of tags) content.tags.set(tag, manifest.digest)
    return manifest
  }

  removeManifest(repository: string, digest: Digest): void {
    this.#open(repository).manifests.delete(digest)
  }

  moveTag(repository: string, tag: string, digest: Digest): void {
    this.#open(repository).tags.set(tag, digest)
  }

  removeTag(repository: string, tag: string): void {
    this.#open(repository).tags.delete(tag)
  }

  addImage(repository: string, spec: ImageSpec = {}): ScriptedImage {
    const types = MEDIA_TYPES[spec.mediaTypes ?? 'oci']
    const contents = spec.layers ?? [randomBytes(2_048), randomBytes(512)]
    const layers = contents.map((bytes) => this.addBlob(repository, bytes))
    const platforms = spec.index ?? [{ os: 'linux', architecture: 'amd64' }]
    const tags = spec.tags ?? ['latest']
    const images = platforms.map((platform) => {
      const config = this.addBlob(repository, configOf(platform, layers))
      const document = {
        schemaVersion: 2,
        mediaType: types.manifest,
        config: descriptor(config, types.config),
        layers: layers.map((layer) => descriptor(layer, types.layer)),
      }
      const manifest = this.addManifest(repository, encode(document), types.manifest, spec.index ? [] : tags)
      return { config, manifest, platform }
    })
    const [first] = images
    if (first === undefined) throw new Error('an image needs at least one platform')
    const index = spec.index && this.addManifest(repository, indexOf(images, types), types.index, tags)
    return {
      repository,
      manifest: first.manifest,
      config: first.config,
      layers,
      index,
      manifests: images.map((image) => image.manifest),
      root: index ?? first.manifest,
    }
  }

  #open(repository: string): RepositoryContent {
    const known = this.#repositories.get(repository)
    if (known !== undefined) return known
    const created: RepositoryContent = { blobs: new Map(), manifests: new Map(), tags: new Map() }
    this.#repositories.set(repository, created)
    return created
  }
}

function encode(document: object): Buffer {
  return Buffer.from(JSON.stringify(document, null, 2))
}

function descriptor(blob: StoredBlob, mediaType: string) {
  return { mediaType, size: blob.bytes.length, digest: blob.digest }
}

function configOf(platform: Platform, layers: readonly StoredBlob[]): Buffer {
  // Layers are opaque bytes here, so their own digests stand in for those of the unpacked tar.
  return encode({ ...platform, rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) } })
}

function indexOf(
  images: readonly { manifest: StoredManifest; platform: Platform }[],
  types: (typeof MEDIA_TYPES)[keyof typeof MEDIA_TYPES],
): Buffer {
  const manifests = images.map(({ manifest, platform }) => ({
    ...descriptor(manifest, types.manifest),
    platform,
  }))
  return encode({ schemaVersion: 2, mediaType: types.index, manifests })
}
