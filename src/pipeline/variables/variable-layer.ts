import { refers } from './expansion.ts'
import type { OriginVariable } from './origin-variable.ts'

/** The variables of one origin: those that many jobs share, and on top of them a job's own. */
export class VariableLayer {
  readonly #under: VariableLayer | undefined
  readonly #own: readonly OriginVariable[]
  #byKey: ReadonlyMap<string, OriginVariable> | undefined
  #referring: readonly OriginVariable[] | undefined

  constructor(own: readonly OriginVariable[], under: VariableLayer | undefined) {
    this.#own = own
    this.#under = under
  }

  get variables(): readonly OriginVariable[] {
    return this.#under === undefined ? this.#own : [...this.#under.variables, ...this.#own]
  }

  /** Those that other values may go into. */
  get referring(): readonly OriginVariable[] {
    this.#referring ??= [...(this.#under?.referring ?? []), ...this.#own.filter(refers)]
    return this.#referring
  }

  /** The last of that name. */
  get(key: string): OriginVariable | undefined {
    // What lies on top are a handful, and another handful in every job.
    if (this.#under !== undefined) return this.#own.findLast((own) => own.key === key) ?? this.#under.get(key)
    this.#byKey ??= new Map(this.#own.map((variable) => [variable.key, variable]))
    return this.#byKey.get(key)
  }
}
