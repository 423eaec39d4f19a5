import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Digest } from '../oci/digest.ts'
import { formatImage, type Tag } from '../oci/reference.ts'
import type { TagKey, TagPointer } from '../store/catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import { fetchingProves, type PullTarget, workKey } from './access.ts'
import { type Coalesced, Coalescer } from './coalesce.ts'
import { toOciError } from './errors.ts'
import { type Freshness, freshness } from './freshness.ts'
import { HeldTags } from './held-tags.ts'
import type { ManifestFetch } from './manifest-fetch.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import { type Answered, answeredByFetch } from './outcome.ts'
import type { Proofs } from './proofs.ts'
import type { TagShelf } from './tag-shelf.ts'
import { decideTagInTrouble } from './tag-trouble.ts'
import { jitteredTtl } from './ttl-jitter.ts'

/** With a copy in hand nobody waits longer than this for a HEAD. */
const REVALIDATE_DEADLINE_MS = 3_000

/** Where a tag points, and how we know. */
export interface ResolvedTag extends Answered {
  readonly digest: Digest
}

/** Follows tags: from the cache while they are fresh, asked for again when they are not. */
export class TagFlow {
  readonly #tags: TagShelf
  readonly #shelf: ManifestShelf
  readonly #fetch: ManifestFetch
  readonly #proofs: Proofs
  readonly #clock: Clock
  readonly #log: Log
  readonly #held: HeldTags
  readonly #revalidations = new Coalescer<ResolvedTag>()

  constructor(parts: {
    tags: TagShelf
    shelf: ManifestShelf
    fetch: ManifestFetch
    proofs: Proofs
    clock: Clock
    log: Log
  }) {
    this.#tags = parts.tags
    this.#shelf = parts.shelf
    this.#fetch = parts.fetch
    this.#proofs = parts.proofs
    this.#clock = parts.clock
    this.#log = parts.log
    this.#held = new HeldTags(parts.clock)
  }

  /**
   * The digest a tag points to, its manifest being in the cache.
   * @throws OciError
   */
  async resolve(target: PullTarget, tag: Tag): Promise<ResolvedTag> {
    const key = tagKey(target, tag)
    const pointer = await this.#tags.find(key)
    if (pointer === undefined) return this.#miss(target, key)
    const state = this.#freshness(target, tag, pointer)
    if (state === 'fresh') return { digest: pointer.digest, outcome: 'hit' }
    const work = this.#revalidations.run(workKey(target, `tag ${tag}`), () =>
      this.#revalidate(target, key, pointer, state),
    )
    return collapse(work)
  }

  /** The digest of a tag that is fresh and in memory; undefined says nothing. */
  get(target: PullTarget, tag: Tag): Digest | undefined {
    const pointer = this.#tags.get(tagKey(target, tag))
    if (pointer === undefined) return undefined
    return this.#freshness(target, tag, pointer) === 'fresh' ? pointer.digest : undefined
  }

  /** Where the tag points as far as we know, without asking anybody. */
  async known(target: PullTarget, tag: Tag): Promise<Digest | undefined> {
    return (await this.#tags.find(tagKey(target, tag)))?.digest
  }

  /** The upstream told, in answer to a HEAD or a GET, where a tag that we did not have points. */
  async learn(target: PullTarget, tag: Tag, digest: Digest): Promise<void> {
    await this.#point(tagKey(target, tag), undefined, digest)
  }

  #freshness({ policy, repository }: PullTarget, tag: Tag, pointer: TagPointer): Freshness {
    const ttlMs = jitteredTtl(policy.tagTtlMs(repository, tag), `${repository}:${tag}`)
    const rule = { ttlMs, maxStaleMs: policy.maxStaleMs }
    return freshness(pointer.checkedAt, rule, this.#clock.now())
  }

  async #miss(target: PullTarget, key: TagKey): Promise<ResolvedTag> {
    const work = await this.#fetch.fetchForClient(target, { kind: 'tag', tag: key.tag })
    const { digest, kept } = await work.result
    if (!work.joined) await this.#point(key, undefined, digest)
    return { digest, ...answeredByFetch(kept, work.joined) }
  }

  async #revalidate(
    target: PullTarget,
    key: TagKey,
    pointer: TagPointer,
    state: Freshness,
  ): Promise<ResolvedTag> {
    try {
      return await this.#ask(target, key, pointer, state)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      return this.#inTrouble(target, key, pointer, state, error)
    }
  }

  async #ask(target: PullTarget, key: TagKey, pointer: TagPointer, state: Freshness): Promise<ResolvedTag> {
    const { policy, repository, access } = target
    const reference = { kind: 'tag', tag: key.tag } as const
    const name = nameOf(key)
    if (state === 'stale' && this.#held.has(name)) policy.rates.admitUpdate(access.fetchAs)
    const now = await policy.upstream.resolve(repository, reference, {
      credential: access.fetchAs,
      deadlineMs: REVALIDATE_DEADLINE_MS,
      hasCopy: state === 'stale',
    })
    const known = (await this.#shelf.find(now.digest)) !== undefined
    if (!known && state === 'stale' && now.digest !== pointer.digest) {
      this.#held.hold(name, policy.tagTtlMs(repository, key.tag))
      policy.rates.admitUpdate(access.fetchAs)
    }
    if (known && fetchingProves(access)) await this.#proofs.record(target, now.digest, access.askAs)
    else if (!known) await this.#fetch.fetch(target, { kind: 'digest', digest: now.digest }).result
    // Only now, with the manifest stored, may the tag point to it.
    await this.#point(key, pointer.digest, now.digest)
    const moved = now.digest !== pointer.digest
    if (moved) this.#logMove(key, pointer.digest, now.digest)
    return { digest: now.digest, outcome: moved ? 'updated' : 'revalidated', upstreamStatus: 200 }
  }

  async #inTrouble(
    target: PullTarget,
    key: TagKey,
    pointer: TagPointer,
    state: Freshness,
    error: UpstreamError,
  ): Promise<ResolvedTag> {
    const now = this.#clock.now()
    const isPublic = await this.#proofs.isPublic(target, pointer.digest)
    const isProved = await this.#proofs.isProved(target, pointer.digest)
    const { missingSince } = pointer
    const decision = decideTagInTrouble({ error, freshness: state, isPublic, isProved, missingSince }, now)
    switch (decision) {
      case 'remove':
        await this.#tags.delete(key, pointer.digest)
        this.#log.info(
          { event: 'tag.removed', ...key, digest: pointer.digest },
          'the upstream no longer has it',
        )
        throw toOciError(error, nameOf(key), 'manifest')
      case 'deny':
        await this.#proofs.revoke(target, pointer.digest)
        if (error.code === 'not-found' && isProved) await this.#noteMissing(key, pointer)
        throw toOciError(error, nameOf(key), 'manifest')
      case 'fail':
        throw toOciError(error, nameOf(key), 'manifest')
      case 'note-missing':
        await this.#noteMissing(key, pointer)
        break
      case 'serve-stale':
        break
    }
    return {
      digest: pointer.digest,
      outcome: 'stale',
      upstreamStatus: error.status,
      warning: `${nameOf(key)} is served as it was at ${new Date(pointer.checkedAt).toISOString()}: ${error.message}`,
    }
  }

  async #noteMissing(key: TagKey, pointer: TagPointer): Promise<void> {
    if (pointer.missingSince !== undefined) return
    await this.#tags.move(key, pointer.digest, { ...pointer, missingSince: this.#clock.now() })
  }

  async #point(key: TagKey, expected: Digest | undefined, digest: Digest): Promise<void> {
    await this.#tags.move(key, expected, { digest, checkedAt: this.#clock.now(), missingSince: undefined })
  }

  #logMove(key: TagKey, from: Digest, to: Digest): void {
    this.#log.info({ event: 'tag.moved', ...key, from, to }, `${nameOf(key)} moved`)
  }
}

function tagKey(target: PullTarget, tag: Tag): TagKey {
  return { upstream: target.policy.name, repository: target.repository, tag }
}

function nameOf(key: TagKey): string {
  return `${key.upstream}/${formatImage(key.repository, { kind: 'tag', tag: key.tag })}`
}

async function collapse({ result, joined }: Coalesced<ResolvedTag>): Promise<ResolvedTag> {
  const resolved = await result
  return joined ? { ...resolved, collapsed: true } : resolved
}
