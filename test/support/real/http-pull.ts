import { createHash } from 'node:crypto'

export const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

export interface HttpPullOptions {
  /** `http://127.0.0.1:5000/v2/library/busybox/`, with the slash. */
  readonly base: string
  /** Tag or digest. */
  readonly reference: string
  readonly architecture?: string
  /** Added to every request, as `?ns=` is. */
  readonly query?: Readonly<Record<string, string>>
}

export interface PulledContent {
  /** `manifests/latest`, `blobs/sha256:…`: what came after the base. */
  readonly path: string
  readonly digest: string
  readonly cacheStatus: string | null
}

interface Descriptor {
  readonly digest: string
  readonly platform?: { readonly architecture: string }
}

interface Manifest {
  readonly manifests?: readonly Descriptor[]
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

const PULL_TIMEOUT_MS = 60_000

export class PullFailed extends Error {
  override readonly name = 'PullFailed'
  readonly code = 'PULL_FAILED'
}

/**
 * Pulls an image for one platform as an engine does (index, manifest, then config and layers at once) and
 * checks every digest. Errors: PullFailed, and what fetch throws of a broken body.
 */
export async function pullOverHttp(options: HttpPullOptions): Promise<PulledContent[]> {
  const signal = AbortSignal.timeout(PULL_TIMEOUT_MS)
  const pulled: PulledContent[] = []

  const get = async (path: string, expectedDigest?: string): Promise<Buffer> => {
    const url = new URL(path, options.base)
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value)
    const response = await fetch(url, { headers: { accept: ACCEPT }, signal })
    const body = Buffer.from(await response.arrayBuffer())
    if (response.status !== 200) throw new PullFailed(`GET ${url}: ${response.status}: ${body}`)
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
    if (expectedDigest !== undefined && digest !== expectedDigest) {
      throw new PullFailed(`GET ${url}: the body is ${digest}`)
    }
    pulled.push({ path, digest, cacheStatus: response.headers.get('cache-status') })
    return body
  }
  const getManifest = async (reference: string, expectedDigest?: string): Promise<Manifest> =>
    JSON.parse((await get(`manifests/${reference}`, expectedDigest)).toString())

  const isDigest = options.reference.includes(':')
  const root = await getManifest(options.reference, isDigest ? options.reference : undefined)
  const architecture = options.architecture ?? 'amd64'
  const child = root.manifests?.find(({ platform }) => platform?.architecture === architecture)
  const manifest = child === undefined ? root : await getManifest(child.digest, child.digest)
  const blobs = [manifest.config, ...manifest.layers]
  await Promise.all(blobs.map(({ digest }) => get(`blobs/${digest}`, digest)))
  return pulled
}
