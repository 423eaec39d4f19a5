import { spawn } from 'node:child_process'
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

export interface LayerFile {
  readonly path: string
  readonly sizeBytes: number
  /** Of the tar.gz. */
  readonly digest: string
  /** Of the tar inside it, as an image config lists it. */
  readonly diffId: string
}

/** One time for every file, so that the same tree gives the same digest. */
const MTIME = '@1767225600'

/** Writes the tree as a tar.gz layer to `path`. */
export async function packLayer(tree: string, path: string): Promise<LayerFile> {
  const args = ['--sort=name', `--mtime=${MTIME}`, '--numeric-owner', '-C', tree, '-cf', '-', '.']
  const tar = spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(tar, 'close')
  const plain = createHash('sha256')
  const packed = createHash('sha256')
  let sizeBytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(tar.stdout, hashing(plain), createGzip(), hashing(packed), count, createWriteStream(path))
  const [exitCode] = (await ended) as [number | null]
  if (exitCode !== 0) throw new Error(`tar of ${tree}: exit ${exitCode}`)
  return {
    path,
    sizeBytes,
    digest: `sha256:${packed.digest('hex')}`,
    diffId: `sha256:${plain.digest('hex')}`,
  }
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
}
