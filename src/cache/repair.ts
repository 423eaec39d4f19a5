import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import type { BlobCatalog, ManifestCatalog, ProofCatalog, ProofKey } from '../store/catalog.ts'
import type { PullTarget } from './access.ts'
import type { Fills } from './fills.ts'
import type { ManifestFetch } from './manifest-fetch.ts'

/** Brings content back that was lost. True when it is here again. */
export interface Refetch {
  blob(digest: Digest, sizeBytes: number): Promise<boolean>
  manifest(digest: Digest): Promise<boolean>
}

/** From where, and as whom, something was fetched. Undefined when that upstream is configured no more. */
export type TargetOf = (source: ProofKey) => PullTarget | undefined

/** Fetches lost content as a pull would, from the upstreams that have answered for it. */
export class Repair implements Refetch {
  readonly #proofs: ProofCatalog
  readonly #blobs: BlobCatalog
  readonly #manifests: ManifestCatalog
  readonly #fills: Fills
  readonly #fetch: ManifestFetch
  readonly #targetOf: TargetOf
  readonly #log: Log

  constructor(parts: {
    proofs: ProofCatalog
    blobs: BlobCatalog
    manifests: ManifestCatalog
    fills: Fills
    fetch: ManifestFetch
    targetOf: TargetOf
    log: Log
  }) {
    this.#proofs = parts.proofs
    this.#blobs = parts.blobs
    this.#manifests = parts.manifests
    this.#fills = parts.fills
    this.#fetch = parts.fetch
    this.#targetOf = parts.targetOf
    this.#log = parts.log
  }

  blob(digest: Digest, sizeBytes: number): Promise<boolean> {
    return this.#fromAny(digest, async (target) => {
      const fill = await this.#fills.open(target, digest, sizeBytes).result
      await fill?.settled
      return (await this.#blobs.find(digest)) !== undefined
    })
  }

  manifest(digest: Digest): Promise<boolean> {
    return this.#fromAny(digest, async (target) => {
      await this.#fetch.fetch(target, { kind: 'digest', digest }).result
      return (await this.#manifests.find(digest)) !== undefined
    })
  }

  async #fromAny(digest: Digest, fetch: (target: PullTarget) => Promise<boolean>): Promise<boolean> {
    for (const source of await this.#proofs.listSources(digest)) {
      const target = this.#targetOf(source)
      if (target === undefined) continue
      try {
        if (await fetch(target)) return true
      } catch (error) {
        const { upstream, repository } = source
        this.#log.warn(
          { event: 'content.not_repaired', digest, upstream, repository, err: error },
          'not fetched again',
        )
      }
    }
    return false
  }
}
