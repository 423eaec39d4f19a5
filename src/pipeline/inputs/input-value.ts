import type { Field } from '../read/field.ts'
import { describeNode, type YamlNode } from '../yaml/node.ts'

export const INPUT_TYPES = ['string', 'number', 'boolean', 'array'] as const
export type InputType = (typeof INPUT_TYPES)[number]

export interface InputValue {
  readonly type: InputType
  /** As it is filled in: what is no string, as JSON. */
  readonly text: string
}

/** @returns undefined for a value of another type, which is refused */
export function readInputValue(field: Field, type: InputType): InputValue | undefined {
  const { node } = field
  if (type === 'array') {
    if (node.kind === 'list') return { type, text: JSON.stringify(plainValue(node)) }
  } else if (node.kind === 'scalar' && kindOf(node.value) === type) {
    return { type, text: node.text }
  }
  return field.refuse(`takes ${type === 'array' ? 'an' : 'a'} ${type}, and this is ${describeNode(node)}`)
}

/**
 * A value from the command line, where everything is text.
 * @returns undefined for text that stands for no value of the type
 */
export function parseInputValue(text: string, type: InputType): InputValue | undefined {
  if (type === 'string') return { type, text }
  if (type === 'boolean') return text === 'true' || text === 'false' ? { type, text } : undefined
  if (type === 'number') return /^-?\d+(?:\.\d+)?$/.test(text) ? { type, text } : undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? { type, text: JSON.stringify(value) } : undefined
  } catch {
    return undefined
  }
}

function kindOf(value: unknown): string {
  return typeof value === 'bigint' ? 'number' : typeof value
}

function plainValue(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map(plainValue)
  if (node.kind === 'map') {
    return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, plainValue(value)]))
  }
  if (node.kind === 'reference') return null
  return typeof node.value === 'bigint' ? Number(node.value) : node.value
}
