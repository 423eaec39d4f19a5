import type { Log } from '../log.ts'
import type { RateNote } from './rate-account.ts'
import type { RateBudget } from './rate-budget.ts'

/** A note, with the upstream that it is about. */
export interface UpstreamRateNote extends RateNote {
  readonly upstream: string
}

/** Outlives the process. */
export interface RateNotes {
  load(): Promise<readonly UpstreamRateNote[]>
  save(notes: readonly UpstreamRateNote[]): Promise<void>
}

/**
 * Remembers over a restart what upstreams let us ask: one that has limited us is not asked again because we began
 * anew. Without it nothing is wrong; so trouble with it is only told.
 */
export class RateMemory {
  readonly #notes: RateNotes
  readonly #log: Log
  readonly #budgets = new Map<string, RateBudget>()
  #isDirty = false
  #writing: Promise<void> | undefined

  constructor(notes: RateNotes, log: Log) {
    this.#notes = notes
    this.#log = log
  }

  add(upstream: string, budget: RateBudget): void {
    this.#budgets.set(upstream, budget)
  }

  /** Tells the budgets what is remembered of them. Before anything is asked. */
  async restore(): Promise<void> {
    try {
      for (const note of await this.#notes.load()) this.#budgets.get(note.upstream)?.restore(note)
    } catch (error) {
      this.#log.warn({ event: 'limits.unread', err: error }, 'the limits of the upstreams are not remembered')
    }
  }

  /** Something is to be remembered. What changes while it is written is written after it. */
  changed(): void {
    this.#isDirty = true
    this.#writing ??= this.#write()
  }

  /** Waits until everything is written. */
  async close(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false
      const notes = [...this.#budgets].flatMap(([upstream, budget]) =>
        budget.notes().map((note) => ({ upstream, ...note })),
      )
      try {
        await this.#notes.save(notes)
      } catch (error) {
        this.#log.debug(
          { event: 'limits.unwritten', err: error },
          'limits of upstreams were not written down',
        )
      }
    }
    this.#writing = undefined
  }
}
