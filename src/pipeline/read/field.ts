import { didYouMean } from '../../suggest.ts'
import type { Position } from '../config/position.ts'
import type { Findings } from '../mistakes.ts'
import { describeNode, entryOf, type MapNode, type YamlNode } from '../yaml/node.ts'
import { KnownValues } from './known-values.ts'

/** GitLab's limit of lists within lists; references make them. */
const MAX_NESTED_LISTS = 10

/**
 * One value of the pipeline, on its way to a type. What does not fit goes to the findings and reads as undefined, so
 * that every mistake is found in one go.
 */
export class Field {
  readonly node: YamlNode
  /** `artifacts:when`. */
  readonly keyword: string
  /** Whose: `build`, or empty for the pipeline's own. */
  readonly owner: string
  readonly findings: Findings
  readonly known: KnownValues

  constructor(
    node: YamlNode,
    keyword: string,
    owner: string,
    findings: Findings,
    known: KnownValues = new KnownValues(),
  ) {
    this.node = node
    this.keyword = keyword
    this.owner = owner
    this.findings = findings
    this.known = known
  }

  /** What the reader makes of it. A node that several jobs share is read for the first of them. */
  once<Value>(read: (field: Field) => Value): Value {
    return this.known.recall<Field, Value>(read, this, this.node)
  }

  get at(): Position {
    return this.node.at
  }

  get isMap(): boolean {
    return this.node.kind === 'map'
  }

  get isList(): boolean {
    return this.node.kind === 'list'
  }

  /** @param message goes on after the name: `takes text` */
  refuse(message: string): undefined {
    this.findings.mistake(this.at, `${this.keyword} ${message}`, this.owner)
  }

  note(message: string): void {
    this.findings.note(this.at, `${this.keyword} ${message}`)
  }

  /** The entries of a map, none of which is anything else than these. */
  map(keywords: Keywords): MapField | undefined {
    const map = this.anyMap()
    map?.allow(keywords)
    return map
  }

  /** The entries of a map whose keys are free. */
  anyMap(): MapField | undefined {
    return this.node.kind === 'map' ? new MapField(this.node, this) : this.#refuseKind('a map')
  }

  items(): readonly Field[] | undefined {
    if (this.node.kind !== 'list') return this.#refuseKind('a list')
    const { node, keyword, owner, findings, known } = this
    return node.items.map((item) => new Field(item, keyword, owner, findings, known))
  }

  /** The items of lists within lists too, as references to lists give. */
  flatItems(): readonly Field[] | undefined {
    return this.node.kind === 'list' ? this.#flat(0) : this.#refuseKind('a list')
  }

  text(): string | undefined {
    const { node } = this
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.text
    if (node.kind !== 'scalar' || node.value === null) return this.#refuseKind('text')
    return this.refuse(`takes text, and this is ${describeNode(node)}: put it in quotes`)
  }

  /** Text that must not be empty. */
  filledText(): string | undefined {
    const text = this.text()
    return text?.trim() === '' ? this.refuse('must not be empty') : text
  }

  textOrNumber(): string | undefined {
    const { node } = this
    const fits = node.kind === 'scalar' && node.value !== null && typeof node.value !== 'boolean'
    return fits ? node.text : this.#refuseKind('text or a number')
  }

  texts(): readonly string[] | undefined {
    return this.flatItems()?.flatMap((item) => item.text() ?? [])
  }

  textOrTexts(): readonly string[] | undefined {
    if (this.node.kind === 'list') return this.texts()
    const text = this.text()
    return text === undefined ? undefined : [text]
  }

  boolean(): boolean | undefined {
    const { node } = this
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    return this.#refuseKind('true or false')
  }

  integer(min: number, max: number): number | undefined {
    const value = this.node.kind === 'scalar' ? this.node.value : undefined
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    return this.#refuseKind(`a whole number from ${min} to ${max}`)
  }

  choice<Choice extends string>(choices: readonly Choice[]): Choice | undefined {
    const text = this.text()
    if (text === undefined) return undefined
    const chosen = choices.find((choice) => choice === text)
    if (chosen !== undefined) return chosen
    const meant = didYouMean(text, choices)
    return this.refuse(`takes ${choices.join(', ')}; ${text} is none of them${meant}`)
  }

  #flat(depth: number): readonly Field[] {
    if (depth > MAX_NESTED_LISTS) {
      this.refuse(`nests lists more than ${MAX_NESTED_LISTS} levels deep`)
      return []
    }
    return (this.items() ?? []).flatMap((item) => (item.isList ? item.#flat(depth + 1) : [item]))
  }

  #refuseKind(wanted: string): undefined {
    return this.refuse(`takes ${wanted}, and this is ${describeNode(this.node)}`)
  }
}

export interface Keywords {
  readonly read: readonly string[]
  /** Known to GitLab and without effect here: each is said once. */
  readonly noted?: readonly string[]
}

export class MapField {
  readonly #map: MapNode
  readonly #field: Field

  constructor(map: MapNode, field: Field) {
    this.#map = map
    this.#field = field
  }

  get keys(): readonly string[] {
    return [...this.#map.entries.keys()]
  }

  /** Where the key stands. */
  placeOf(key: string): Position {
    return this.#map.entries.get(key)?.keyAt ?? this.#map.at
  }

  /** What stands under the key. Null is nothing. */
  get(key: string): Field | undefined {
    const entry = entryOf(this.#map, key)
    return entry === undefined ? undefined : this.#child(key, entry.value)
  }

  /** Null included. */
  all(): readonly (readonly [string, Field])[] {
    return [...this.#map.entries].map(([key, { value }]) => [key, this.#child(key, value)] as const)
  }

  allow({ read, noted = [] }: Keywords): void {
    const { findings, owner, keyword } = this.#field
    for (const { key, keyAt } of this.#map.entries.values()) {
      if (read.includes(key)) continue
      const name = keyword === '' ? key : `${keyword}:${key}`
      if (noted.includes(key)) findings.note(keyAt, `${name} has no effect here`)
      else {
        const meant = didYouMean(key, [...read, ...noted])
        findings.mistake(keyAt, `${name} is no keyword${meant}`, owner)
      }
    }
  }

  #child(key: string, value: YamlNode): Field {
    const { keyword, owner, findings, known } = this.#field
    return new Field(value, keyword === '' ? key : `${keyword}:${key}`, owner, findings, known)
  }
}
