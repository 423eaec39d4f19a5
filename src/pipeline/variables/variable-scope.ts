import { Expansion, expandText } from './expansion.ts'
import { type OriginVariable, VARIABLE_ORIGINS, type VariableOrigin } from './origin-variable.ts'
import { VariableLayer } from './variable-layer.ts'

/** The variables that a decision is made with: as written, the strongest of each name. */
export class VariableScope {
  /** By strength: the later win. */
  readonly #layers: readonly (VariableLayer | undefined)[]
  #expansion: Expansion | undefined

  /** @param under what these come on top of */
  constructor(variables: readonly OriginVariable[], under?: VariableScope) {
    const layers = under === undefined ? [] : [...under.#layers]
    for (const [origin, own] of groupByOrigin(variables)) {
      const rank = VARIABLE_ORIGINS.indexOf(origin)
      layers[rank] = new VariableLayer(own, layers[rank])
    }
    this.#layers = layers
  }

  with(variables: readonly OriginVariable[]): VariableScope {
    return variables.length === 0 ? this : new VariableScope(variables, this)
  }

  /** Not expanded, in the order in which they win. */
  get variables(): readonly OriginVariable[] {
    return this.#layers.flatMap((layer) => layer?.variables ?? [])
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
    const plain = expandText(text, (name) => this.#insertable(name, { isRaw: false }))
    return expandText(plain, (name) => this.#insertable(name, { isRaw: true }))
  }

  #insertable(name: string, { isRaw }: { isRaw: boolean }): string | undefined {
    const variable = this.#find(name)
    if (variable === undefined || variable.isFile || variable.isRaw !== isRaw) return undefined
    this.#expansion ??= new Expansion(
      (key) => this.#find(key),
      this.#layers.flatMap((layer) => layer?.referring ?? []),
    )
    return this.#expansion.valueOf(variable)
  }

  #find(name: string): OriginVariable | undefined {
    for (let rank = this.#layers.length - 1; rank >= 0; rank--) {
      const found = this.#layers[rank]?.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }
}

function groupByOrigin(
  variables: readonly OriginVariable[],
): ReadonlyMap<VariableOrigin, readonly OriginVariable[]> {
  const groups = new Map<VariableOrigin, OriginVariable[]>()
  for (const variable of variables) {
    const group = groups.get(variable.origin)
    if (group === undefined) groups.set(variable.origin, [variable])
    else group.push(variable)
  }
  return groups
}
