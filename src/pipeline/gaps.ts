/**
 * What is missing because an include was not read. With such an include, a job that leans on what is nowhere is no
 * mistake of its author: it is not run, and says why.
 */
export class Gaps {
  readonly #reasons = new Map<string, string>()
  #isOpen = false

  /** Whether anything may stand in a file that was not read. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  open(): void {
    this.#isOpen = true
  }

  /** @param key what stands at the top: a job, or what others extend */
  add(key: string, reason: string): void {
    if (!this.#reasons.has(key)) this.#reasons.set(key, reason)
  }

  /** Why a job cannot be run; undefined when all of it is there. */
  reasonOf(key: string): string | undefined {
    return this.#reasons.get(key)
  }
}

/** `.base is in an include that is not read`. */
export function elsewhere(what: string): string {
  return `${what} is in an include that is not read`
}
