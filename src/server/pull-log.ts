import type { Clock } from '../clock.ts'
import type { Digest } from '../oci/digest.ts'
import type { Repository } from '../oci/reference.ts'
import {
  type AnsweredContent,
  type AskedContent,
  addToPull,
  beginPull,
  type EndedPull,
  endPull,
  isOver,
  type OpenPull,
} from './open-pull.ts'
import { findImage, findLatest } from './pulled-image.ts'

/** After this a manifest begins another pull: a client that asks again and again is told of too. */
export const MAX_PULL_MS = 15 * 60_000

/** Beyond these the ones that began first are told early. */
export const MAX_OPEN_OF_CLIENT = 100
export const MAX_OPEN = 10_000

const SWEEP_MS = 5_000

/** From where something is pulled. */
export interface PullPlace {
  readonly policy: { readonly name: string }
  readonly repository: Repository
}

/** A request whose client is known. */
export interface NotedRequest extends AnsweredContent {
  /** Who pulls: the credential of a job, else an address. */
  readonly client?: string
  readonly admission?: { readonly group: { readonly path: string } }
  /** The manifest that was answered with. */
  readonly content?: { readonly digest: Digest }
}

/** Puts requests together to pulls, and tells of each once it is over. */
export class PullLog {
  readonly #clock: Clock
  readonly #onEnd: (pull: EndedPull) => void
  /** In the order in which they began. */
  readonly #open = new Set<OpenPull>()
  readonly #byPuller = new Map<string, OpenPull[]>()
  readonly #stop = new AbortController()
  #sweeping: Promise<void> | undefined

  constructor(clock: Clock, onEnd: (pull: EndedPull) => void) {
    this.#clock = clock
    this.#onEnd = onEnd
  }

  /** A request begins that may be of the pull that is returned: it does not end before `release`. */
  hold(request: NotedRequest, { policy, repository }: PullPlace): OpenPull | undefined {
    const pull = findLatest(this.#byPuller.get(pullerOf(request)) ?? [], policy.name, repository)
    if (pull !== undefined) pull.running += 1
    return pull
  }

  release(pull: OpenPull): void {
    pull.running -= 1
    pull.lastAt = this.#clock.now()
  }

  /**
   * Takes note of an answered request. A pull begins with a manifest that no earlier one led to; blobs without one
   * are of no pull. Nothing is made here for a pull that has begun.
   * @param children the manifests that this one leads to
   * @param beganAt when the request began, in milliseconds since the epoch
   */
  note(
    request: NotedRequest,
    asked: AskedContent,
    { policy, repository }: PullPlace,
    children: ReadonlySet<string>,
    beganAt: number,
  ): void {
    const digest = asked.kind === 'blob' ? asked.digest : request.content?.digest
    if (request.answered === undefined || digest === undefined) return
    const { client = '', admission } = request
    const upstream = policy.name
    let pull = findImage(this.#byPuller.get(pullerOf(request)) ?? NONE, upstream, repository, asked, digest)
    if (asked.kind === 'manifest' && (pull === undefined || beganAt - pull.startedAt >= MAX_PULL_MS)) {
      const { reference } = asked
      const group = admission?.group.path ?? ''
      pull = beginPull({ client, group, upstream, repository, reference, digest, startedAt: beganAt })
      this.#add(pull, pullerOf(request))
    }
    if (pull === undefined) return
    addToPull(pull, asked, request)
    if (children.size > 0) pull.children.add(children)
    pull.lastAt = this.#clock.now()
  }

  /** Tells of everything that is open. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#sweeping
    for (const pull of this.#open) this.#end(pull)
  }

  #add(pull: OpenPull, puller: string): void {
    const pulls = this.#byPuller.get(puller)
    const first = pulls !== undefined && pulls.length >= MAX_OPEN_OF_CLIENT ? pulls[0] : undefined
    const [oldest] = this.#open
    if (first !== undefined) this.#end(first)
    else if (oldest !== undefined && this.#open.size >= MAX_OPEN) this.#end(oldest)
    this.#open.add(pull)
    this.#byPuller.set(puller, [...(this.#byPuller.get(puller) ?? []), pull])
    this.#sweeping ??= this.#sweepUntilEmpty()
  }

  async #sweepUntilEmpty(): Promise<void> {
    try {
      while (this.#open.size > 0) {
        await this.#clock.sleep(SWEEP_MS, this.#stop.signal)
        const now = this.#clock.now()
        for (const pull of this.#open) if (isOver(pull, now)) this.#end(pull)
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
    this.#sweeping = undefined
  }

  #end(pull: OpenPull): void {
    this.#open.delete(pull)
    const puller = keyOf(pull.client, pull.group)
    const left = (this.#byPuller.get(puller) ?? []).filter((other) => other !== pull)
    if (left.length === 0) this.#byPuller.delete(puller)
    else this.#byPuller.set(puller, left)
    if (pull.isServed) this.#onEnd(endPull(pull))
  }
}

const NONE: readonly OpenPull[] = []

function pullerOf({ client = '', admission }: NotedRequest): string {
  return keyOf(client, admission?.group.path ?? '')
}

/** A job pulls as one group; what comes from one address may be the work of several. */
function keyOf(client: string, group: string): string {
  return `${client} ${group}`
}
