import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { acceptedManifest } from '../oci/accept.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { parseManifest, platformManifest } from '../oci/manifest.ts'
import { manifestKindOf } from '../oci/media-types.ts'
import { formatImage, type Reference, type Tag } from '../oci/reference.ts'
import { isStillAhead } from '../still-ahead.ts'
import type { StoredManifest } from '../store/catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { type PullTarget, workKey } from './access.ts'
import { Coalescer } from './coalesce.ts'
import { toOciError } from './errors.ts'
import type { ManifestFetch } from './manifest-fetch.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import { type Answered, answeredByFetch } from './outcome.ts'
import type { Proofs } from './proofs.ts'
import type { ResolvedTag, TagFlow } from './tag-flow.ts'

/** What a client that takes no index is given from one. */
const DEFAULT_PLATFORM = { os: 'linux', architecture: 'amd64' } as const

/** Tags that a HEAD told us of and whose manifest was not asked for yet. */
const MAX_ANNOUNCED = 10_000
const ANNOUNCED_MS = 5 * 60 * 1000

/** The head of a manifest's reply. */
export interface ManifestHead extends Answered {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface ManifestReply extends ManifestHead {
  readonly bytes: Buffer
}

interface Announced {
  readonly tag: Tag
  readonly until: number
}

/** Answers for manifests, by tag and by digest. */
export class ManifestFlow {
  readonly #tags: TagFlow
  readonly #shelf: ManifestShelf
  readonly #fetch: ManifestFetch
  readonly #proofs: Proofs
  readonly #clock: Clock
  readonly #proving = new Coalescer<void>()
  readonly #heads = new Coalescer<ManifestHead | undefined>()
  readonly #announced = new LRUCache<string, Announced>({ max: MAX_ANNOUNCED })

  constructor(parts: {
    tags: TagFlow
    shelf: ManifestShelf
    fetch: ManifestFetch
    proofs: Proofs
    clock: Clock
  }) {
    this.#tags = parts.tags
    this.#shelf = parts.shelf
    this.#fetch = parts.fetch
    this.#proofs = parts.proofs
    this.#clock = parts.clock
  }

  /**
   * What `get` would answer, when memory alone can tell; undefined says nothing. The often pulled are answered
   * without a single promise.
   */
  peek(target: PullTarget, reference: Reference, accept: string | undefined): ManifestReply | undefined {
    const isTag = reference.kind === 'tag'
    const digest = isTag ? this.#tags.get(target, reference.tag) : reference.digest
    if (digest === undefined || !this.#proofs.isKnownPublic(target, digest)) return undefined
    const stored = this.#shelf.get(digest)
    if (stored === undefined) return undefined
    if (isTag && acceptedManifest(accept, stored.mediaType, kindOf(stored)) !== 'as-is') return undefined
    const { mediaType, bytes } = stored
    return { digest, mediaType, bytes, sizeBytes: bytes.length, outcome: 'hit' }
  }

  /**
   * GET.
   * @throws OciError
   */
  async get(target: PullTarget, reference: Reference, accept: string | undefined): Promise<ManifestReply> {
    if (reference.kind === 'digest') return this.#byDigest(target, reference.digest)
    const resolved = await this.#tags.resolve(target, reference.tag)
    const reply = await this.#byDigest(target, resolved.digest, resolved)
    return this.#acceptable(target, reply, accept)
  }

  /**
   * HEAD. For a tag that is not here the upstream is asked by HEAD too: looking for a new version costs no
   * pull. Where the tag points is remembered, for the GET by digest that follows when it is pulled.
   * @throws OciError
   */
  async head(target: PullTarget, reference: Reference, accept: string | undefined): Promise<ManifestHead> {
    if (reference.kind === 'tag' && (await this.#tags.known(target, reference.tag)) === undefined) {
      this.#fetch.refuseUnknown(target, reference)
      const work = this.#heads.run(workKey(target, `head ${reference.tag}`), () =>
        this.#headUnknownTag(target, reference.tag),
      )
      const head = await work.result
      if (head !== undefined && acceptedManifest(accept, head.mediaType, kindOf(head)) === 'as-is')
        return head
    }
    return this.get(target, reference, accept)
  }

  async #headUnknownTag(target: PullTarget, tag: Tag): Promise<ManifestHead | undefined> {
    const { policy, repository, access } = target
    try {
      const found = await policy.upstream.resolve(
        repository,
        { kind: 'tag', tag },
        { credential: access.askAs },
      )
      if (found.mediaType === undefined || found.sizeBytes === undefined) return undefined
      if (manifestKindOf(found.mediaType) === undefined) return undefined
      if ((await this.#shelf.find(found.digest)) !== undefined) {
        await this.#proofs.record(target, found.digest, access.askAs)
        await this.#tags.learn(target, tag, found.digest)
        return undefined
      }
      this.#announced.set(workKey(target, found.digest), { tag, until: this.#clock.now() + ANNOUNCED_MS })
      const { digest, mediaType, sizeBytes } = found
      return { digest, mediaType, sizeBytes, outcome: 'miss', upstreamStatus: 200 }
    } catch (error) {
      throw error instanceof UpstreamError ? this.#fetch.explain(target, { kind: 'tag', tag }, error) : error
    }
  }

  async #byDigest(
    target: PullTarget,
    digest: Digest,
    resolved: ResolvedTag = { digest, outcome: 'hit' },
  ): Promise<ManifestReply> {
    const stored = await this.#shelf.find(digest)
    if (stored === undefined) return this.#missByDigest(target, digest)
    const asked = await this.#permit(target, digest)
    return reply(stored, asked && resolved.outcome === 'hit' ? { ...resolved, ...asked } : resolved)
  }

  async #missByDigest(target: PullTarget, digest: Digest): Promise<ManifestReply> {
    const work = await this.#fetch.fetchForClient(target, { kind: 'digest', digest })
    const stored = await work.result
    const announced = this.#announced.get(workKey(target, digest))
    if (announced !== undefined && isStillAhead(announced.until, this.#clock.now(), ANNOUNCED_MS)) {
      this.#announced.delete(workKey(target, digest))
      await this.#tags.learn(target, announced.tag, digest)
    }
    return reply(stored, answeredByFetch(stored.kept, work.joined))
  }

  /**
   * Makes sure that this reader may have a manifest that is here.
   * @returns how we know, when the upstream had to be asked
   */
  async #permit(target: PullTarget, digest: Digest): Promise<Answered | undefined> {
    try {
      if (await this.#proofs.permits(target, digest)) return undefined
      const { result, joined } = this.#proving.run(workKey(target, digest), () => this.#prove(target, digest))
      await result
      return { outcome: 'revalidated', collapsed: joined, upstreamStatus: 200 }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      const image = formatImage(target.repository, { kind: 'digest', digest })
      throw toOciError(error, `${target.policy.name}/${image}`, 'manifest')
    }
  }

  async #prove(target: PullTarget, digest: Digest): Promise<void> {
    const { policy, repository, access } = target
    await policy.upstream.resolve(repository, { kind: 'digest', digest }, { credential: access.askAs })
    await this.#proofs.record(target, digest, access.askAs)
  }

  async #acceptable(
    target: PullTarget,
    found: ManifestReply,
    accept: string | undefined,
  ): Promise<ManifestReply> {
    if (acceptedManifest(accept, found.mediaType, kindOf(found)) === 'as-is') return found
    const index = parseManifest(found.bytes, found.mediaType)
    const platform = platformManifest(index, DEFAULT_PLATFORM)
    if (platform === undefined) {
      throw new OciError(
        'MANIFEST_UNKNOWN',
        `${target.repository} is an index without linux/amd64, and the request's Accept takes no index: ` +
          'use a client that understands indexes, or pull the manifest of your platform by digest',
      )
    }
    const child = await this.#byDigest(target, platform.digest)
    return child.outcome === 'hit' ? { ...child, ...answeredBy(found) } : child
  }
}

function kindOf(manifest: { readonly mediaType: string }): 'index' | 'image' | 'artifact' {
  return manifestKindOf(manifest.mediaType) ?? 'image'
}

function reply(stored: StoredManifest, answered: Answered): ManifestReply {
  const { digest, mediaType, bytes } = stored
  return { digest, mediaType, bytes, sizeBytes: bytes.length, ...answeredBy(answered) }
}

/** Only how it was answered: not the digest that a resolved tag carries. */
function answeredBy({ outcome, collapsed, upstreamStatus, warning }: Answered): Answered {
  return {
    outcome,
    upstreamStatus,
    ...(collapsed === undefined ? {} : { collapsed }),
    ...(warning === undefined ? {} : { warning }),
  }
}
