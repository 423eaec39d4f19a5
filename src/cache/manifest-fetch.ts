import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { formatImage, type Reference } from '../oci/reference.ts'
import type { StoredManifest } from '../store/catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { fetchingProves, type PullTarget, scopeOf, workKey } from './access.ts'
import { type Coalesced, Coalescer } from './coalesce.ts'
import { toOciError } from './errors.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import type { Proofs } from './proofs.ts'
import type { UnknownNames } from './unknown-names.ts'

/** A manifest from an upstream. */
export interface FetchedHere extends StoredManifest {
  /** False when it could not be stored: it is passed on. */
  readonly kept: boolean
}

/** Brings manifests from upstreams into the catalog, each one once however many ask. */
export class ManifestFetch {
  readonly #shelf: ManifestShelf
  readonly #proofs: Proofs
  readonly #unknown: UnknownNames
  readonly #log: Log
  readonly #running = new Coalescer<FetchedHere>()

  constructor(parts: {
    shelf: ManifestShelf
    proofs: Proofs
    unknown: UnknownNames
    log: Log
  }) {
    this.#shelf = parts.shelf
    this.#proofs = parts.proofs
    this.#unknown = parts.unknown
    this.#log = parts.log
  }

  /**
   * GET, check, store, record the proof. By tag this does not move the tag.
   * @throws UpstreamError, OciError for what the upstream sent but is no manifest we serve
   */
  fetch(target: PullTarget, reference: Reference): Coalesced<FetchedHere> {
    const key = workKey(target, formatImage(target.repository, reference))
    return this.#running.run(key, () => this.#fetch(target, reference))
  }

  /** As `fetch`, with the answer for a client when it fails, and 404s remembered for a moment. */
  async fetchForClient(target: PullTarget, reference: Reference): Promise<Coalesced<FetchedHere>> {
    this.refuseUnknown(target, reference)
    const work = this.fetch(target, reference)
    try {
      await work.result
      return work
    } catch (error) {
      throw error instanceof UpstreamError ? this.explain(target, reference, error) : error
    }
  }

  /** @throws OciError what the upstream does not have, by what it said a moment ago */
  refuseUnknown(target: PullTarget, reference: Reference): void {
    const unknown = this.#unknown.find(workKey(target, formatImage(target.repository, reference)))
    if (unknown !== undefined) throw unknown
  }

  /** What the client is told; that something does not exist is remembered. */
  explain(target: PullTarget, reference: Reference, error: UpstreamError): OciError {
    const image = formatImage(target.repository, reference)
    const reply = toOciError(error, `${target.policy.name}/${image}`, 'manifest')
    if (error.code === 'not-found') this.#unknown.record(workKey(target, image), reply)
    return reply
  }

  async #fetch(target: PullTarget, reference: Reference): Promise<FetchedHere> {
    const { policy, repository, access } = target
    // Before anything is asked: what may not be pulled now need not be looked for either.
    policy.rates.admitGet(access.fetchAs)
    let wanted = reference
    if (!fetchingProves(access)) {
      // Asked as nobody first: what everybody may have is then downloaded with our credential.
      const { digest } = await policy.upstream.resolve(repository, reference, { credential: access.askAs })
      wanted = { kind: 'digest', digest }
    }
    const fetched = await policy.upstream.fetchManifest(repository, wanted, { credential: access.fetchAs })
    const kept = await this.#store(target, fetched)
    await this.#proofs.record(target, fetched.digest, access.askAs)
    return { ...fetched, kept }
  }

  async #store(
    target: PullTarget,
    fetched: { digest: Digest; mediaType: string; bytes: Buffer },
  ): Promise<boolean> {
    try {
      return await this.#shelf.put(fetched)
    } catch (error) {
      if (error instanceof OciError) {
        const { code, message } = error
        this.#log.warn(
          {
            event: 'manifest.refused',
            upstream: target.policy.name,
            repository: target.repository,
            digest: fetched.digest,
            scope: scopeOf(target.access.fetchAs),
          },
          message,
        )
        // The client asked well: it is the upstream whose answer is no manifest.
        if (code === 'MANIFEST_INVALID') {
          throw new OciError('UPSTREAM_INVALID', `${target.policy.name}: ${message}`, { cause: error })
        }
      }
      throw error
    }
  }
}
