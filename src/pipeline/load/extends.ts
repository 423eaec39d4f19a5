import { didYouMean } from '../../suggest.ts'
import { elsewhere, type Gaps } from '../gaps.ts'
import type { Findings } from '../mistakes.ts'
import { deepMerge } from '../yaml/merge.ts'
import { entryOf, type MapEntry, type MapNode, mapNode, type YamlNode } from '../yaml/node.ts'

/** GitLab's limit of parents, one above the other. */
const MAX_LEVELS = 11

/** Where a chain is given up before it fills the stack: its length is known at its end only. */
const MAX_CHAIN = 100

/**
 * Everything at the top with its `extends` carried out: the parents from left to right, then its own. A null in it
 * takes away what it would inherit.
 */
export function applyExtends(root: MapNode, findings: Findings, gaps: Gaps): MapNode {
  const extender = new Extender(root, findings, gaps)
  const entries = [...root.entries].map(([key, entry]): [string, MapEntry] => [
    key,
    { ...entry, value: extender.extended(entry, []).value },
  ])
  return mapNode(new Map(entries), root.at)
}

interface Extended {
  readonly value: YamlNode
  /** How many parents are above it, one above the other. */
  readonly levels: number
}

class Extender {
  readonly #root: MapNode
  readonly #findings: Findings
  readonly #gaps: Gaps
  /** Each is extended once, however many extend it in turn. */
  readonly #done = new Map<string, Extended>()

  constructor(root: MapNode, findings: Findings, gaps: Gaps) {
    this.#root = root
    this.#findings = findings
    this.#gaps = gaps
  }

  extended(entry: MapEntry, children: readonly string[]): Extended {
    const { key, value } = entry
    const parents = value.kind === 'map' ? entryOf(value, 'extends')?.value : undefined
    if (value.kind !== 'map' || parents === undefined) return { value, levels: 0 }
    const known = this.#done.get(key)
    if (known !== undefined) return known
    const chain = [...children, key]
    if (children.includes(key)) {
      return this.#refuse(parents, `${chain.join(' extends ')}: a circle without an end`)
    }
    if (chain.length > MAX_CHAIN) {
      return this.#refuse(parents, `${chain[0]} extends more than ${MAX_LEVELS} levels`)
    }
    let levels = 0
    let merged = mapNode(new Map(), value.at)
    for (const name of parents.kind === 'list' ? parents.items : [parents]) {
      const base = this.#base(name, chain)
      const gap = name.kind === 'scalar' ? this.#gaps.reasonOf(name.text) : undefined
      if (gap !== undefined) this.#gaps.add(key, gap)
      levels = Math.max(levels, base.levels + 1)
      if (base.value.kind === 'map') merged = deepMerge(merged, base.value)
    }
    // Those that extend it in turn are too deep as well, which goes without saying.
    if (levels === MAX_LEVELS + 1) this.#refuse(parents, `${key} extends more than ${MAX_LEVELS} levels`)
    const result = { value: deepMerge(merged, value), levels }
    this.#done.set(key, result)
    return result
  }

  #base(name: YamlNode, chain: readonly string[]): Extended {
    if (name.kind !== 'scalar' || typeof name.value !== 'string') {
      return this.#refuse(name, 'extends takes the name of a job, or a list of names')
    }
    const child = chain.at(-1) ?? ''
    const extending = `${child} extends ${name.text}`
    const base = this.#root.entries.get(name.text)
    if (base === undefined && this.#gaps.isOpen) {
      this.#gaps.add(child, elsewhere(name.text))
      return { value: mapNode(new Map(), name.at), levels: 0 }
    }
    if (base === undefined) {
      const meant = didYouMean(name.text, this.#root.entries.keys())
      return this.#refuse(name, `${extending}, which is not in the pipeline${meant}`)
    }
    if (base.value.kind === 'map') return this.extended(base, chain)
    return this.#refuse(name, `${extending}, which is no job`)
  }

  #refuse(name: YamlNode, message: string): Extended {
    this.#findings.mistake(name.at, message)
    return { value: mapNode(new Map(), name.at), levels: 0 }
  }
}
