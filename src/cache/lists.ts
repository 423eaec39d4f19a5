import type { Clock } from '../clock.ts'
import { isJsonObject, type JsonObject } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { TagRange } from '../oci/list-query.ts'
import { isIndexMediaType } from '../oci/media-types.ts'
import { formatReferrers, readReferrers, referrersTag } from '../oci/referrers.ts'
import type { ListCatalog } from '../store/list-catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import type { PullTarget } from './access.ts'
import { ListFlow } from './list-flow.ts'
import { ListShelf } from './list-shelf.ts'
import type { ManifestFetch } from './manifest-fetch.ts'
import type { ManifestShelf } from './manifest-shelf.ts'
import type { Answered } from './outcome.ts'
import type { StorageHealth } from './storage-health.ts'
import { pageOf, sortTags, type TagList, type TagPage } from './tag-page.ts'

export interface TagListReply extends Answered, Pick<TagPage, 'next'> {
  /** A JSON array. Of a whole list it is the same for everybody who asks: do not change it. */
  readonly tagsJson: Buffer
}

export interface ReferrersReply extends Answered {
  /** An image index, as JSON. */
  readonly bytes: Buffer
}

interface Tags extends TagList {
  readonly json: Buffer
}

interface Referrers {
  readonly descriptors: readonly JsonObject[]
  readonly json: Buffer
}

/** Answers for the tags of a repository and for what refers to a manifest. */
export class Lists {
  readonly #flow: ListFlow
  readonly #tags: ListShelf<Tags>
  readonly #referrers: ListShelf<Referrers>
  readonly #manifests: ManifestShelf
  readonly #fetch: ManifestFetch

  constructor(parts: {
    catalog: ListCatalog
    manifests: ManifestShelf
    fetch: ManifestFetch
    health: StorageHealth
    clock: Clock
  }) {
    const { catalog, health, clock } = parts
    this.#flow = new ListFlow(clock)
    this.#tags = new ListShelf({ catalog, health, clock, decode: decodeTags })
    this.#referrers = new ListShelf({ catalog, health, clock, decode: decodeReferrers })
    this.#manifests = parts.manifests
    this.#fetch = parts.fetch
  }

  /** @throws OciError */
  async tags(target: PullTarget, range: TagRange): Promise<TagListReply> {
    const { policy, repository } = target
    const { value, ...answered } = await this.#flow.get<Tags>({
      target,
      subject: 'tags',
      kind: 'tags',
      name: `the tags of ${policy.name}/${repository}`,
      shelf: this.#tags,
      ask: async (request) => {
        const { tags, isWhole } = await policy.upstream.fetchTags(repository, request)
        return JSON.stringify({ tags: sortTags(tags), isWhole })
      },
    })
    const { tags, next } = pageOf(value, range)
    return { ...answered, tagsJson: tags === value.tags ? value.json : jsonOf(tags), next }
  }

  /**
   * An empty index where there are none, whatever the upstream makes of that.
   * @throws OciError
   */
  async referrers(
    target: PullTarget,
    subject: Digest,
    artifactType: string | undefined,
  ): Promise<ReferrersReply> {
    const { policy, repository } = target
    const { value, ...answered } = await this.#flow.get<Referrers>({
      target,
      subject,
      kind: 'referrers',
      name: `the referrers of ${policy.name}/${repository}@${subject}`,
      shelf: this.#referrers,
      ask: async (request) => formatReferrers(await this.#askReferrers(target, subject, request)),
    })
    const { descriptors, json } = value
    if (artifactType === undefined) return { ...answered, bytes: json }
    const matching = descriptors.filter((descriptor) => descriptor.artifactType === artifactType)
    const bytes = matching.length === descriptors.length ? json : Buffer.from(formatReferrers(matching))
    return { ...answered, bytes }
  }

  async #askReferrers(
    target: PullTarget,
    subject: Digest,
    request: UpstreamRequest,
  ): Promise<readonly JsonObject[]> {
    try {
      return await target.policy.upstream.fetchReferrers(target.repository, subject, request)
    } catch (error) {
      if (!isNotFound(error)) throw error
      return this.#referrersByTag(target, subject, request)
    }
  }

  /** Where there is no API, clients that push keep the list under a tag. */
  async #referrersByTag(
    target: PullTarget,
    subject: Digest,
    request: UpstreamRequest,
  ): Promise<readonly JsonObject[]> {
    const { policy, repository } = target
    try {
      const reference = { kind: 'tag', tag: referrersTag(subject) } as const
      const { digest } = await policy.upstream.resolve(repository, reference, request)
      const manifest =
        (await this.#manifests.find(digest)) ??
        (await this.#fetch.fetch(target, { kind: 'digest', digest }).result)
      return isIndexMediaType(manifest.mediaType) ? readReferrers(manifest.bytes) : []
    } catch (error) {
      // What is there and is no index says nothing ("Listing Referrers"); what is not there does neither.
      if (isNotFound(error) || error instanceof OciError) return []
      throw error
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamError && error.code === 'not-found'
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function decodeTags(body: string): Tags {
  const { tags, isWhole } = JSON.parse(body) as TagList
  return { tags, isWhole, json: jsonOf(tags) }
}

function decodeReferrers(body: string): Referrers {
  const { manifests } = JSON.parse(body) as { manifests: readonly unknown[] }
  return { descriptors: manifests.filter(isJsonObject), json: Buffer.from(body) }
}
