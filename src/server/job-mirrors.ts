import type { Clock } from '../clock.ts'

/** A listener that answers whom it lets in as one job. */
export interface OpenMirror {
  /** `HOST:PORT`. */
  readonly address: string
  /** At once: whoever is being answered is cut off. */
  close(): Promise<void>
}

interface Kept {
  readonly opening: Promise<OpenMirror>
  /** Ends the wait for the end of the credential. */
  readonly released: AbortController
}

/**
 * The mirrors of jobs: engines in containers have no credentials to show to one. A job has one at most, which ends
 * with its credential.
 */
export class JobMirrors {
  readonly #endOf: (credentialId: string) => number | undefined
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()

  /** @param parts.endOf when a credential ends; undefined when it is not valid */
  constructor(parts: { endOf: (credentialId: string) => number | undefined; clock: Clock }) {
    this.#endOf = parts.endOf
    this.#clock = parts.clock
  }

  /**
   * Once more, wherever, is the one that there is.
   * @returns its address; undefined when the credential is not valid
   * @throws the error of the socket
   */
  async open(credentialId: string, listen: () => Promise<OpenMirror>): Promise<string | undefined> {
    const endsAt = this.#endOf(credentialId)
    if (endsAt === undefined) return undefined
    const kept = this.#kept.get(credentialId) ?? this.#keep(credentialId, endsAt, listen)
    try {
      return (await kept.opening).address
    } catch (error) {
      if (this.#kept.get(credentialId) === kept) this.end(credentialId)
      throw error
    }
  }

  /** The credential has ended. Once more changes nothing. */
  end(credentialId: string): void {
    const kept = this.#kept.get(credentialId)
    if (kept === undefined) return
    this.#kept.delete(credentialId)
    kept.released.abort()
    // One that did not open needs no closing, and was told to whoever wanted it.
    kept.opening.then((mirror) => mirror.close()).catch(() => {})
  }

  /** Ends all. */
  close(): void {
    for (const id of [...this.#kept.keys()]) this.end(id)
  }

  #keep(credentialId: string, endsAt: number, listen: () => Promise<OpenMirror>): Kept {
    const kept: Kept = { opening: listen(), released: new AbortController() }
    this.#kept.set(credentialId, kept)
    void this.#endAt(credentialId, endsAt, kept)
    return kept
  }

  async #endAt(credentialId: string, endsAt: number, kept: Kept): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, endsAt - this.#clock.now()), kept.released.signal)
    } catch {
      return
    }
    if (this.#kept.get(credentialId) === kept) this.end(credentialId)
  }
}
