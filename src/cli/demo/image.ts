import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Platform } from '../../oci/descriptor.ts'
import { type Digest, digestOf } from '../../oci/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../oci/media-types.ts'
import { packTar, type TarFile } from './tar.ts'

export const DEMO_TAG = '1.0'
export const AMD64: Platform = { os: 'linux', architecture: 'amd64' }
export const ARM64: Platform = { os: 'linux', architecture: 'arm64' }

const MIB = 1024 * 1024
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

export interface DemoContent {
  readonly bytes: Buffer
  readonly mediaType: string
}

/** An image for two platforms, as a registry has it. */
export interface DemoImage {
  /** What the tag points to. */
  readonly index: Digest
  readonly content: ReadonlyMap<Digest, DemoContent>
}

interface Layer {
  readonly diffId: Digest
  readonly bytes: Buffer
}

/** Makes one on the spot: an index, two images, each with a layer of its own and one that they share. */
export function makeDemoImage(): DemoImage {
  const content = new Map<Digest, DemoContent>()
  const keep = (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes)
    content.set(digest, { bytes, mediaType })
    return { mediaType, digest, size: bytes.byteLength }
  }
  const shared = makeLayer([
    { path: 'etc/motd', mode: 0o644, bytes: Buffer.from('Pulled through Entrepot.\n') },
    { path: 'usr/share/demo/data', mode: 0o644, bytes: randomBytes(MIB) },
  ])
  const manifests = [AMD64, ARM64].map((platform) => {
    const own = makeLayer([{ path: 'usr/bin/demo', mode: 0o755, bytes: randomBytes(3 * MIB) }])
    const layers = [shared, own]
    const config = keep(
      json({
        ...platform,
        config: { Cmd: ['/usr/bin/demo'] },
        rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      }),
      OCI_CONFIG,
    )
    const manifest = json({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers: layers.map(({ bytes }) => keep(bytes, OCI_LAYER)),
    })
    return { ...keep(manifest, OCI_MANIFEST), platform }
  })
  const index = keep(json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), OCI_INDEX)
  return { index: index.digest, content }
}

function makeLayer(files: readonly TarFile[]): Layer {
  const tar = packTar(files)
  return { diffId: digestOf(tar), bytes: gzipSync(tar, { level: 1 }) }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
