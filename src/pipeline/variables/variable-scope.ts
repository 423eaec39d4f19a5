import { expandText, expandVariables } from './expand-variables.ts'
import { type OriginVariable, VARIABLE_ORIGINS, type VariableOrigin } from './origin-variable.ts'

const RANKS = Object.fromEntries(VARIABLE_ORIGINS.map((origin, rank) => [origin, rank])) as Record<
  VariableOrigin,
  number
>

/** The variables that a decision is made with: as written, the strongest of each name. */
export class VariableScope {
  /** Not expanded, in the order in which they win. */
  readonly variables: readonly OriginVariable[]
  #byKey: ReadonlyMap<string, OriginVariable> | undefined
  #expanded: ReadonlyMap<string, OriginVariable> | undefined

  constructor(variables: readonly OriginVariable[]) {
    this.variables = variables.toSorted((left, right) => RANKS[left.origin] - RANKS[right.origin])
  }

  with(variables: readonly OriginVariable[]): VariableScope {
    return variables.length === 0 ? this : new VariableScope([...this.variables, ...variables])
  }

  /** What an expression sees: the value as written. */
  get(name: string): string | undefined {
    return this.#find(name)?.value
  }

  /** What a person may be shown of it. */
  show(name: string): string | undefined {
    const variable = this.#find(name)
    return variable?.isMasked ? '[MASKED]' : variable?.value
  }

  /** A text of the pipeline file with values put in, however deep; unknown names are left as they are. */
  expand(text: string): string {
    if (!text.includes('$')) return text
    this.#expanded ??= byKey(expandVariables(this.variables))
    const known = this.#expanded
    const plain = expandText(text, (name) => insertable(known.get(name), { isRaw: false }))
    return expandText(plain, (name) => insertable(known.get(name), { isRaw: true }))
  }

  // Most scopes of a pipeline are only steps towards another.
  #find(name: string): OriginVariable | undefined {
    this.#byKey ??= byKey(this.variables)
    return this.#byKey.get(name)
  }
}

function byKey(variables: readonly OriginVariable[]): ReadonlyMap<string, OriginVariable> {
  return new Map(variables.map((variable) => [variable.key, variable]))
}

function insertable(variable: OriginVariable | undefined, { isRaw }: { isRaw: boolean }): string | undefined {
  return variable === undefined || variable.isFile || variable.isRaw !== isRaw ? undefined : variable.value
}
