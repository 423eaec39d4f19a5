import { createCipheriv, createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BuiltImage, Content } from '../../test/support/real/compose-image.ts'
import type { LayerFile } from '../../test/support/real/pack-layer.ts'

export const BIG_BLOB_BYTES = 256 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
/** With these the manifest is as long as those of common images: 1 to 2 KiB. */
const SMALL_LAYERS = 6

export interface BenchImage extends BuiltImage {
  readonly bigBlob: LayerFile
}

/** One layer of 256 MiB that does not compress and a few small ones; the same bytes every time. */
export async function makeBenchImage(dir: string): Promise<BenchImage> {
  const bigBlob = await writeLayer(join(dir, 'big'), BIG_BLOB_BYTES, 0)
  const layers = [bigBlob]
  for (let number = 1; number <= SMALL_LAYERS; number++) {
    layers.push(await writeLayer(join(dir, `small-${number}`), 1000 + number, number))
  }
  const config = content('application/vnd.oci.image.config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  })
  const manifest = content('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: config.mediaType, digest: config.digest, size: config.bytes.length },
    layers: layers.map(({ digest, sizeBytes }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      size: sizeBytes,
    })),
  })
  const platforms = [{ architecture: 'amd64', manifest, config, layers }]
  return { repository: 'library/app', tags: ['latest'], root: manifest, platforms, bigBlob }
}

async function writeLayer(path: string, sizeBytes: number, seed: number): Promise<LayerFile> {
  const hash = createHash('sha256')
  await pipeline(function* () {
    const key = Buffer.alloc(32, seed)
    const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
    for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) {
      const chunk = stream.update(Buffer.alloc(Math.min(left, CHUNK_BYTES)))
      hash.update(chunk)
      yield chunk
    }
  }, createWriteStream(path))
  const digest = `sha256:${hash.digest('hex')}`
  return { path, sizeBytes, digest, diffId: digest }
}

function content(mediaType: string, value: object): Content {
  const bytes = Buffer.from(JSON.stringify(value))
  return { mediaType, bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` }
}
