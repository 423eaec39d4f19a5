import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { isStillAhead } from '../still-ahead.ts'
import type { ListKey } from '../store/list-catalog.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import { PUBLIC_SCOPE, type PullTarget, scopeOf, workKey } from './access.ts'
import { Coalescer } from './coalesce.ts'
import { type AskedKind, toOciError } from './errors.ts'
import { type Freshness, freshness } from './freshness.ts'
import type { ListShelf, ShelvedList } from './list-shelf.ts'
import { decideListInTrouble, listPauseMs } from './list-trouble.ts'
import type { Answered } from './outcome.ts'
import { jitteredTtl } from './ttl-jitter.ts'

/** With a copy in hand; longer than for a tag, since a list may have many pages. */
const REVALIDATE_DEADLINE_MS = 10_000
/** Lists are named by strangers: how many failures are remembered is bounded. */
const MAX_PAUSES = 10_000

export interface ListedBy<T> {
  readonly target: PullTarget
  /** As in `ListKey`. */
  readonly subject: string
  readonly kind: Extract<AskedKind, 'tags' | 'referrers'>
  /** For messages: `the tags of docker.io/library/redis`. */
  readonly name: string
  /** @returns JSON. @throws UpstreamError */
  ask(request: UpstreamRequest): Promise<string>
  readonly shelf: ListShelf<T & object>
}

export interface FoundList<T> extends Answered {
  readonly value: T
}

interface Pause {
  readonly error: UpstreamError
  readonly lastsMs: number
  readonly until: number
}

/**
 * Lists of an upstream: from the cache while they are fresh, asked for again when they are not. What an upstream
 * lists may depend on who asks, so every credential has its own.
 */
export class ListFlow {
  readonly #clock: Clock
  readonly #running = new Coalescer<FoundList<unknown>>()
  readonly #pauses = new LRUCache<string, Pause>({ max: MAX_PAUSES })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws OciError */
  async get<T extends object>(list: ListedBy<T>): Promise<FoundList<T>> {
    const key = keyOf(list)
    const known = await list.shelf.find(key)
    const state = known && this.#freshness(list, known.checkedAt)
    if (known !== undefined && state === 'fresh') return { value: known.value, outcome: 'hit' }
    const name = workKey(list.target, `list ${list.subject}`)
    const { result, joined } = this.#running.run(name, () => this.#renew(list, key, name, known, state))
    const found = (await result) as FoundList<T>
    return joined ? { ...found, collapsed: true } : found
  }

  async #renew<T extends object>(
    list: ListedBy<T>,
    key: ListKey,
    name: string,
    known: ShelvedList<T> | undefined,
    state: Freshness | undefined,
  ): Promise<FoundList<T>> {
    try {
      const body = await this.#ask(list, name, state === 'stale')
      const { value } = await list.shelf.put(key, { body, checkedAt: this.#clock.now() }, known)
      return { value, outcome: outcomeOf(known?.body, body), upstreamStatus: 200 }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      return this.#inTrouble(list, key, known, state, error)
    }
  }

  async #ask<T>(list: ListedBy<T>, name: string, hasCopy: boolean): Promise<string> {
    const pause = this.#pauses.get(name)
    if (pause !== undefined && isStillAhead(pause.until, this.#clock.now(), pause.lastsMs)) throw pause.error
    const { askAs: credential } = list.target.access
    try {
      return await list.ask(
        hasCopy ? { credential, hasCopy, deadlineMs: REVALIDATE_DEADLINE_MS } : { credential },
      )
    } catch (error) {
      if (error instanceof UpstreamError) {
        const pauseMs = listPauseMs(error, hasCopy)
        if (pauseMs > 0) {
          this.#pauses.set(name, { error, lastsMs: pauseMs, until: this.#clock.now() + pauseMs })
        }
      }
      throw error
    }
  }

  async #inTrouble<T extends object>(
    list: ListedBy<T>,
    key: ListKey,
    known: ShelvedList<T> | undefined,
    state: Freshness | undefined,
    error: UpstreamError,
  ): Promise<FoundList<T>> {
    const isPublic = key.scope === PUBLIC_SCOPE
    const decision =
      known === undefined || state === undefined
        ? 'fail'
        : decideListInTrouble(
            { error, freshness: state, isPublic, checkedAt: known.checkedAt },
            this.#clock.now(),
          )
    if (known === undefined || decision !== 'serve-stale') {
      if (decision === 'forget') await list.shelf.delete(key)
      throw toOciError(error, list.name, list.kind)
    }
    return {
      value: known.value,
      outcome: 'stale',
      upstreamStatus: error.status,
      warning: `${list.name}: served as it was at ${new Date(known.checkedAt).toISOString()}: ${error.message}`,
    }
  }

  #freshness<T>({ target, name }: ListedBy<T>, checkedAt: number): Freshness {
    const { listTtlMs, maxStaleMs } = target.policy
    return freshness(checkedAt, { ttlMs: jitteredTtl(listTtlMs, name), maxStaleMs }, this.#clock.now())
  }
}

function keyOf<T>({ target, subject }: ListedBy<T>): ListKey {
  const { policy, repository, access } = target
  return { scope: scopeOf(access.askAs), upstream: policy.name, repository, subject }
}

function outcomeOf(before: string | undefined, now: string): 'miss' | 'revalidated' | 'updated' {
  if (before === undefined) return 'miss'
  return before === now ? 'revalidated' : 'updated'
}
