/**
 * How much of the end is kept from readers until the whole is verified. Larger than any config blob of
 * interest, so small content is never shown unverified at all.
 */
export const WITHHELD_TAIL_BYTES = 64 * 1024

/**
 * Followers are woken for so much at least, or after so long: many small reads cost more than the bytes, and
 * nobody waits noticeably.
 */
const WAKE_BYTES = 512 * 1024
const WAKE_MS = 5

/**
 * The state of content that is still arriving: shared by the one who writes it and all who follow it.
 *
 * growing -> verified -> (whoever asks sees the end), or growing -> failed (whoever asks gets the error).
 */
export class Growth {
  #writtenBytes: number
  #totalBytes: number | undefined
  #verified = false
  #failure: Error | undefined
  #waiters: (() => void)[] = []
  #unseenBytes = 0
  #wakeTimer: NodeJS.Timeout | undefined

  constructor(writtenBytes = 0) {
    this.#writtenBytes = writtenBytes
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Size of the whole, once somebody told it. */
  get totalBytes(): number | undefined {
    return this.#totalBytes
  }

  get verified(): boolean {
    return this.#verified
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  /**
   * How far readers may read. Until verification the tail is withheld: nobody can receive a complete reply
   * made of bytes that turn out to be wrong.
   */
  get readableBytes(): number {
    if (this.#verified) return this.#writtenBytes
    const last = this.#totalBytes ?? this.#writtenBytes
    return Math.max(0, Math.min(this.#writtenBytes, last - WITHHELD_TAIL_BYTES))
  }

  setTotal(bytes: number): void {
    this.#totalBytes = bytes
    this.#wake()
  }

  advance(bytes: number): void {
    this.#writtenBytes += bytes
    this.#unseenBytes += bytes
    if (this.#unseenBytes >= WAKE_BYTES) this.#wake()
    else this.#wakeTimer ??= setTimeout(() => this.#wake(), WAKE_MS)
  }

  verify(): void {
    this.#verified = true
    this.#totalBytes = this.#writtenBytes
    this.#wake()
  }

  fail(error: Error): void {
    if (this.#verified) return
    this.#failure ??= error
    this.#wake()
  }

  /** Resolves at the next change of any kind. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #wake(): void {
    clearTimeout(this.#wakeTimer)
    this.#wakeTimer = undefined
    this.#unseenBytes = 0
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}
