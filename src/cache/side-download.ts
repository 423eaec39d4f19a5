import type { Digest } from '../oci/digest.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { PullTarget } from './access.ts'
import type { Bandwidth } from './bandwidth.ts'

/** For the head of the reply. Afterwards the reader waits for the download that is running anyway. */
const HEAD_DEADLINE_MS = 5_000

export interface SidePart {
  readonly target: PullTarget
  readonly digest: Digest
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** Of the whole blob, as the download that is running has it. */
  readonly totalBytes: number
}

/**
 * One part of a blob on its way from the upstream to one reader. Nothing is kept of it, and one chunk is in
 * memory at a time: the reader's pace is the download's.
 */
export class SideDownload implements AsyncDisposable {
  readonly #part: SidePart
  readonly #bandwidth: Bandwidth | undefined
  readonly #release: () => void
  readonly #stop = new AbortController()
  readonly #chunks: AsyncGenerator<Buffer, void, undefined>
  #disposed = false

  /** @param release called once, when it is over */
  constructor(part: SidePart, bandwidth: Bandwidth | undefined, release: () => void) {
    this.#part = part
    this.#bandwidth = bandwidth
    this.#release = release
    this.#chunks = this.#fetch()
  }

  /**
   * The next bytes, or undefined after the last.
   * @throws UpstreamError, also when the upstream answers with anything else than this part of this blob
   */
  async next(): Promise<Buffer | undefined> {
    const { value } = await this.#chunks.next()
    return value ?? undefined
  }

  /** Ends the request. Safe at any moment and more than once. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#stop.abort(new Error('the reader has left'))
    try {
      await this.#chunks.return()
    } finally {
      this.#release()
    }
  }

  async *#fetch(): AsyncGenerator<Buffer, void, undefined> {
    const { target, digest, start, end, totalBytes } = this.#part
    const { policy, repository, access } = target
    const { signal } = this.#stop
    const reply = await policy.upstream.fetchBlob(repository, digest, {
      credential: access.fetchAs,
      offset: start,
      end,
      signal,
      deadlineMs: HEAD_DEADLINE_MS,
    })
    try {
      if (reply.offset !== start || reply.totalBytes !== totalBytes) {
        const told = reply.totalBytes === undefined ? 'an unknown number of' : reply.totalBytes
        const what = `from byte ${reply.offset} of ${told} bytes instead of byte ${start} of ${totalBytes}`
        throw new UpstreamError('invalid', `${policy.name} answered ${digest} ${what}`, {
          upstream: policy.name,
        })
      }
      for await (const chunk of reply.body) {
        await this.#bandwidth?.take(chunk.length, signal)
        yield chunk
      }
    } finally {
      reply.body.destroy()
    }
  }
}
