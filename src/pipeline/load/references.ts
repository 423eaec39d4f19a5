import { didYouMean } from '../../suggest.ts'
import { elsewhere, type Gaps } from '../gaps.ts'
import type { Findings } from '../mistakes.ts'
import {
  describeNode,
  hasReferences,
  listNode,
  MAX_NODES,
  type MapEntry,
  type MapNode,
  mapNode,
  type ReferenceNode,
  type YamlNode,
} from '../yaml/node.ts'

/** GitLab's limit of references that lead to references. */
const MAX_LEVELS = 10

/** The pipeline with what every `!reference` leads to in its place. Runs after `extends`, as GitLab has it. */
export function resolveReferences(root: MapNode, findings: Findings, gaps: Gaps): MapNode {
  const resolver = new Resolver(root, findings, gaps)
  const entries = [...root.entries].map(([key, entry]): [string, MapEntry] => [
    key,
    { ...entry, value: resolver.resolveTop(key, entry.value) },
  ])
  const resolved = mapNode(new Map(entries), root.at)
  if (resolved.size <= MAX_NODES) return resolved
  findings.mistake(root.at, `the references of this pipeline unfold into more than ${MAX_NODES} values`)
  return mapNode(new Map(), root.at)
}

interface Target {
  readonly node: YamlNode
  readonly missing: string | undefined
}

class Resolver {
  readonly #root: MapNode
  readonly #findings: Findings
  readonly #gaps: Gaps
  /** Where a reference leads is looked up once, however often it is made. */
  readonly #targets = new Map<string, Target>()
  /** What the entry at hand lacks because an include was not read. */
  #missing: string | undefined

  constructor(root: MapNode, findings: Findings, gaps: Gaps) {
    this.#root = root
    this.#findings = findings
    this.#gaps = gaps
  }

  resolveTop(key: string, node: YamlNode): YamlNode {
    this.#missing = undefined
    const resolved = this.resolve(node, [])
    if (this.#missing !== undefined) this.#gaps.add(key, this.#missing)
    return resolved
  }

  resolve(node: YamlNode, trail: readonly string[]): YamlNode {
    if (!hasReferences(node) || node.kind === 'scalar') return node
    if (node.kind === 'reference') return this.#follow(node, trail)
    if (node.kind === 'list') {
      const items = node.items.map((item) => this.resolve(item, trail))
      return listNode(items, node.at)
    }
    const entries = new Map<string, MapEntry>()
    for (const [key, entry] of node.entries) {
      entries.set(key, { ...entry, value: this.resolve(entry.value, trail) })
    }
    return mapNode(entries, node.at)
  }

  #follow(reference: ReferenceNode, trail: readonly string[]): YamlNode {
    const name = `[${reference.path.join(', ')}]`
    const known = this.#targets.get(name)
    if (known !== undefined) {
      this.#missing ??= known.missing
      return known.node
    }
    if (trail.includes(name)) {
      return this.#refuse(reference, `!reference ${[...trail, name].join(' -> ')} leads back to itself`)
    }
    if (trail.length >= MAX_LEVELS) {
      return this.#refuse(reference, `!reference ${name} leads over more than ${MAX_LEVELS} references`)
    }
    const missingBefore = this.#missing
    this.#missing = undefined
    const target = this.#dig(reference, name, [...trail, name])
    const node = target === undefined ? listNode([], reference.at) : this.resolve(target, [...trail, name])
    this.#targets.set(name, { node, missing: this.#missing })
    this.#missing ??= missingBefore
    return node
  }

  #dig(reference: ReferenceNode, name: string, trail: readonly string[]): YamlNode | undefined {
    let node: YamlNode = this.#root
    for (const [depth, key] of reference.path.entries()) {
      // A reference may stand on the way to what is referred to.
      const map: YamlNode = node.kind === 'reference' ? this.#follow(node, trail) : node
      const next: YamlNode | undefined = map.kind === 'map' ? map.entries.get(key)?.value : undefined
      const [top = ''] = reference.path
      if (
        next === undefined &&
        this.#gaps.isOpen &&
        (depth === 0 || this.#gaps.reasonOf(top) !== undefined)
      ) {
        this.#missing ??= this.#gaps.reasonOf(top) ?? elsewhere(top)
        return undefined
      }
      if (next === undefined) {
        const before = reference.path.slice(0, depth).join(', ')
        const where = depth === 0 ? 'in the pipeline' : `under [${before}]`
        const meant =
          map.kind === 'map' ? didYouMean(key, map.entries.keys()) : `: it is ${describeNode(map)}`
        this.#refuse(reference, `!reference ${name} leads nowhere: there is no ${key} ${where}${meant}`)
        return undefined
      }
      node = next
    }
    return node
  }

  #refuse(reference: ReferenceNode, message: string): YamlNode {
    this.#findings.mistake(reference.at, message)
    return listNode([], reference.at)
  }
}
