import { expandText, expandVariables } from './expand-variables.ts'
import { type OriginVariable, VARIABLE_ORIGINS } from './origin-variable.ts'

/** The variables that a decision is made with: as written, the strongest of each name. */
export class VariableScope {
  /** Not expanded, in the order in which they win. */
  readonly variables: readonly OriginVariable[]
  readonly #byKey: ReadonlyMap<string, OriginVariable>
  #expanded: ReadonlyMap<string, OriginVariable> | undefined

  constructor(variables: readonly OriginVariable[]) {
    this.variables = variables.toSorted((left, right) => rank(left) - rank(right))
    this.#byKey = new Map(this.variables.map((variable) => [variable.key, variable]))
  }

  with(variables: readonly OriginVariable[]): VariableScope {
    return variables.length === 0 ? this : new VariableScope([...this.variables, ...variables])
  }

  /** What an expression sees: the value as written. */
  get(name: string): string | undefined {
    return this.#byKey.get(name)?.value
  }

  /** What a person may be shown of it. */
  show(name: string): string | undefined {
    const variable = this.#byKey.get(name)
    return variable?.isMasked ? '[MASKED]' : variable?.value
  }

  /** A text of the pipeline file with values put in, however deep; unknown names are left as they are. */
  expand(text: string): string {
    if (!text.includes('$')) return text
    this.#expanded ??= new Map(expandVariables(this.variables).map((variable) => [variable.key, variable]))
    const known = this.#expanded
    const plain = expandText(text, (name) => insertable(known.get(name), { isRaw: false }))
    return expandText(plain, (name) => insertable(known.get(name), { isRaw: true }))
  }
}

function insertable(variable: OriginVariable | undefined, { isRaw }: { isRaw: boolean }): string | undefined {
  return variable === undefined || variable.isFile || variable.isRaw !== isRaw ? undefined : variable.value
}

function rank({ origin }: OriginVariable): number {
  return VARIABLE_ORIGINS.indexOf(origin)
}
