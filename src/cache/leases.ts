import type { Digest } from '../oci/digest.ts'

/** Keeps content from being evicted until it is released. Releasing twice is releasing once. */
export interface Lease {
  release(): void
}

/** Who reads or fills what, in this process. What is leased is not removed; what is removed is not leased. */
export class Leases {
  readonly #holders = new Map<Digest, number>()
  readonly #removing = new Map<Digest, Promise<void>>()

  /** Waits for a removal that has begun, so that what comes afterwards is not removed with what was. */
  async acquire(digest: Digest): Promise<Lease> {
    for (let removal = this.#removing.get(digest); removal !== undefined; ) {
      await removal
      removal = this.#removing.get(digest)
    }
    return this.#hold(digest)
  }

  /** Another hold on what the caller has leased. */
  share(digest: Digest): Lease {
    return this.#hold(digest)
  }

  isLeased(digest: Digest): boolean {
    return this.#holders.has(digest)
  }

  /** Whether nobody holds anything. */
  get isEmpty(): boolean {
    return this.#holders.size === 0
  }

  /** Runs `work` while nobody can lease the digest; undefined, without running it, when somebody has. */
  async remove<T>(digest: Digest, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#holders.has(digest) || this.#removing.has(digest)) return undefined
    const removal = work()
    this.#removing.set(
      digest,
      removal.then(
        () => {},
        () => {},
      ),
    )
    try {
      return await removal
    } finally {
      this.#removing.delete(digest)
    }
  }

  #hold(digest: Digest): Lease {
    this.#holders.set(digest, (this.#holders.get(digest) ?? 0) + 1)
    let isHeld = true
    return {
      release: () => {
        if (!isHeld) return
        isHeld = false
        const left = (this.#holders.get(digest) ?? 1) - 1
        if (left === 0) this.#holders.delete(digest)
        else this.#holders.set(digest, left)
      },
    }
  }
}
