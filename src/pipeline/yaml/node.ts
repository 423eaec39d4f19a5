import type { Position } from '../config/position.ts'

/**
 * A value of a pipeline file that knows where it stands. Nodes are never changed, and shared: an alias is the very
 * node of its anchor.
 */
export type YamlNode = ScalarNode | ListNode | MapNode | ReferenceNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | bigint | boolean | null
  /** The value as GitLab writes it when text is asked for: `1.10` is `1.1`, `yes` is `true`, null is empty. */
  readonly text: string
  readonly at: Position
  readonly size: 1
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
  readonly at: Position
  readonly size: number
  readonly hasReferences: boolean
}

export interface MapNode {
  readonly kind: 'map'
  /** By key, in the order of the file. */
  readonly entries: ReadonlyMap<string, MapEntry>
  readonly at: Position
  /** How many nodes there are when every alias is written out. */
  readonly size: number
  /** Whether a reference is somewhere in it. */
  readonly hasReferences: boolean
}

export interface MapEntry {
  readonly key: string
  readonly keyAt: Position
  readonly value: YamlNode
}

/** `!reference [a, b]`: what stands there, once everything is merged. */
export interface ReferenceNode {
  readonly kind: 'reference'
  readonly path: readonly string[]
  readonly at: Position
  readonly size: 1
}

/** Far above real pipelines; aliases of aliases pass it within a few lines. */
export const MAX_NODES = 1_000_000

export function listNode(items: readonly YamlNode[], at: Position): ListNode {
  let size = 1
  for (const item of items) size += item.size
  return { kind: 'list', items, at, size, hasReferences: items.some(hasReferences) }
}

export function mapNode(entries: ReadonlyMap<string, MapEntry>, at: Position): MapNode {
  let size = 1
  let refers = false
  for (const { value } of entries.values()) {
    size += value.size
    refers ||= hasReferences(value)
  }
  return { kind: 'map', entries, at, size, hasReferences: refers }
}

export function hasReferences(node: YamlNode): boolean {
  return node.kind === 'reference' || (node.kind !== 'scalar' && node.hasReferences)
}

export function textNode(text: string, at: Position): ScalarNode {
  return { kind: 'scalar', value: text, text, at, size: 1 }
}

/** What stands under the key; null is as good as nothing, for that is how an extended key is taken away. */
export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  const entry = map.entries.get(key)
  return entry === undefined || isNull(entry.value) ? undefined : entry
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null
}

/** What a node is, in words. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'map') return 'a map'
  if (node.kind === 'list') return 'a list'
  if (node.kind === 'reference') return 'a reference'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'string') return 'text'
  return typeof node.value === 'boolean' ? `the boolean ${node.text}` : `the number ${node.text}`
}
