import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../at-most-entries.ts'
import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import { MAX_INDEX_DEPTH } from '../oci/manifest.ts'
import type { ForgottenProof, ManifestCatalog, ParentReference, ProofCatalog } from '../store/catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { UpstreamCredential } from '../upstream/upstream.ts'
import { PUBLIC_SCOPE, type PullTarget, scopeOf } from './access.ts'
import { Coalescer } from './coalesce.ts'
import { isTrouble } from './errors.ts'
import { decideProof, type ProofDecision, proofStands } from './proof-decision.ts'
import type { StorageHealth } from './storage-health.ts'

/** A copy in hand is not waited for longer than this, whatever the upstream does. */
const RENEW_DEADLINE_MS = 3_000
const MAX_REMEMBERED = 200_000

interface PrivateProof {
  readonly scope: string
  readonly provedAt: number
  /** What to ask for when the proof is to be renewed: a manifest, or nothing but the content itself. */
  readonly root: { readonly digest: Digest; readonly provedAt: number } | undefined
}

interface Verdict {
  readonly decision: ProofDecision
  readonly proof?: PrivateProof
}

/**
 * Who may read what is on the disk. Bytes are shared; permission is the upstream's answer, kept per
 * credential, repository and digest.
 */
export class Proofs {
  readonly #proofs: ProofCatalog
  readonly #manifests: ManifestCatalog
  readonly #health: StorageHealth
  readonly #clock: Clock
  /** Public content stays public: these need no time. */
  readonly #public = new LRUCache<string, true>(atMostEntries(MAX_REMEMBERED))
  readonly #renewals = new Coalescer<void>()

  constructor(proofs: ProofCatalog, manifests: ManifestCatalog, health: StorageHealth, clock: Clock) {
    this.#proofs = proofs
    this.#manifests = manifests
    this.#health = health
    this.#clock = clock
  }

  /** The upstream gave `digest` under the target's repository to whoever `credential` is. */
  async record(
    target: PullTarget,
    digest: Digest,
    credential: UpstreamCredential | undefined,
  ): Promise<void> {
    const scope = scopeOf(credential)
    const key = { scope, upstream: target.policy.name, repository: target.repository, digest }
    if (scope === PUBLIC_SCOPE) this.#public.set(publicKey(target, digest), true)
    await this.#health.try(() => this.#proofs.put(key, this.#clock.now()))
  }

  /** The upstream refused `digest` to this reader's credential. What stays for want of a write is asked again. */
  async revoke(target: PullTarget, digest: Digest): Promise<void> {
    const scope = scopeOf(target.access.askAs)
    if (scope === PUBLIC_SCOPE) return
    const key = { scope, upstream: target.policy.name, repository: target.repository, digest }
    await this.#health.try(() => this.#proofs.delete(key))
  }

  /** From memory only: false says nothing about the catalog. */
  isKnownPublic(target: PullTarget, digest: Digest): boolean {
    return this.#public.has(publicKey(target, digest))
  }

  /** It is gone from the catalog. */
  forget({ upstream, repository, digest }: ForgottenProof): void {
    this.#public.delete(`${upstream} ${repository} ${digest}`)
  }

  async isPublic(target: PullTarget, digest: Digest): Promise<boolean> {
    if (this.isKnownPublic(target, digest)) return true
    if ((await this.#find(target, PUBLIC_SCOPE, digest)) === undefined) return false
    this.#public.set(publicKey(target, digest), true)
    return true
  }

  /** Whether the upstream ever gave it to this reader, and has not taken that back. */
  async isProved(target: PullTarget, digest: Digest): Promise<boolean> {
    return (await this.#find(target, scopeOf(target.access.askAs), digest)) !== undefined
  }

  /**
   * Whether this reader may have content that is here. Renews an old private proof by asking the upstream.
   * @returns false when nothing is known: the upstream must be asked for the content itself
   * @throws UpstreamError `denied` or `not-found` when the upstream ended it, anything else when the proof is
   * too old to stand and the upstream cannot be asked
   */
  async permits(target: PullTarget, digest: Digest): Promise<boolean> {
    const verdict = await this.#decide(target, digest)
    if (verdict.decision === 'renew' && verdict.proof !== undefined) {
      await this.#renew(target, digest, verdict.proof)
      return true
    }
    return verdict.decision === 'open'
  }

  /**
   * What a manifest that this reader may have says of `digest`. A reference permits asking for it, and its
   * size is believed; other repositories' manifests have no say.
   */
  async findReference(target: PullTarget, digest: Digest): Promise<ParentReference | undefined> {
    for (const parent of await this.#parents(digest)) {
      if ((await this.#decide(target, parent.manifest)).decision === 'open') return parent
    }
    return undefined
  }

  async #decide(target: PullTarget, digest: Digest): Promise<Verdict> {
    if (await this.isPublic(target, digest)) return { decision: 'open' }
    for (const scope of target.access.scopes) {
      if (scope === PUBLIC_SCOPE) continue
      const provedAt = await this.#find(target, scope, digest)
      if (provedAt === undefined) continue
      const root = await this.#newestRoot(target, scope, digest, 0)
      const decision = decideProof(
        { isPublic: false, provedAt, newestProvedAt: root?.provedAt },
        this.#clock.now(),
      )
      return { decision, proof: { scope, provedAt, root } }
    }
    return { decision: 'unknown' }
  }

  async #renew(target: PullTarget, digest: Digest, proof: PrivateProof): Promise<void> {
    const root = proof.root?.digest ?? digest
    const { policy, repository, access } = target
    const key = `${proof.scope} ${policy.name} ${repository} ${root}`
    const newest = Math.max(proof.provedAt, proof.root?.provedAt ?? 0)
    const isManifest =
      proof.root !== undefined || (await this.#health.read(() => this.#manifests.find(digest))) !== undefined
    const request = { credential: access.askAs, deadlineMs: RENEW_DEADLINE_MS }
    await this.#renewals.run(key, async () => {
      try {
        if (isManifest) await policy.upstream.resolve(repository, { kind: 'digest', digest: root }, request)
        else await policy.upstream.probeBlob(repository, root, request)
        await this.record(target, root, access.askAs)
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error
        if (isTrouble(error) && proofStands(newest, this.#clock.now())) return
        if (!isTrouble(error)) await this.#end(target, digest, root)
        throw error
      }
    }).result
  }

  async #end(target: PullTarget, digest: Digest, root: Digest): Promise<void> {
    await this.revoke(target, root)
    await this.revoke(target, digest)
  }

  /** The manifest with the newest proof among those that lead to `digest`. */
  async #newestRoot(
    target: PullTarget,
    scope: string,
    digest: Digest,
    depth: number,
  ): Promise<PrivateProof['root']> {
    if (depth > MAX_INDEX_DEPTH) return undefined
    let newest: PrivateProof['root']
    for (const { manifest } of await this.#parents(digest)) {
      const provedAt = await this.#find(target, scope, manifest)
      const here = provedAt === undefined ? undefined : { digest: manifest, provedAt }
      const above = await this.#newestRoot(target, scope, manifest, depth + 1)
      for (const candidate of [here, above]) {
        if (candidate !== undefined && candidate.provedAt > (newest?.provedAt ?? 0)) newest = candidate
      }
    }
    return newest
  }

  /** What cannot be read is not known: the upstream decides then. */
  #find(target: PullTarget, scope: string, digest: Digest): Promise<number | undefined> {
    const key = { scope, upstream: target.policy.name, repository: target.repository, digest }
    return this.#health.read(() => this.#proofs.find(key))
  }

  async #parents(digest: Digest): Promise<readonly ParentReference[]> {
    return (await this.#health.read(() => this.#manifests.findParents(digest))) ?? []
  }
}

function publicKey(target: PullTarget, digest: Digest): string {
  return `${target.policy.name} ${target.repository} ${digest}`
}
