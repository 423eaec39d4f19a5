import type { InheritedVariables, VariableConfig } from '../config/variable-config.ts'
import type { Field } from './field.ts'

/** At the top variables may be described for the form in which a pipeline is started. */
export const PIPELINE_VARIABLE = ['value', 'expand', 'description', 'options'] as const
export const JOB_VARIABLE = ['value', 'expand'] as const

export function readVariables(field: Field, keywords: readonly string[]): readonly VariableConfig[] {
  const variables = field.anyMap()
  if (variables === undefined) return []
  return variables.all().map(([key, entry]) => {
    const at = variables.placeOf(key)
    if (!entry.isMap) return { key, value: readValue(entry), isRaw: false, at }
    const map = entry.map({ read: keywords })
    const value = map?.get('value')
    return {
      key,
      value: value === undefined ? '' : readValue(value),
      isRaw: map?.get('expand')?.boolean() === false,
      at,
    }
  })
}

/** `inherit:variables`. */
export function readInherited(field: Field): InheritedVariables | undefined {
  if (field.isList) return field.texts()
  const { node } = field
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  return field.refuse('takes true, false, or a list of names')
}

function readValue(field: Field): string {
  const { node } = field
  if (node.kind !== 'scalar') {
    field.refuse('takes text or a number')
    return ''
  }
  if (typeof node.value === 'boolean') field.note(`is read as the text ${node.text}: quotes would say so`)
  return node.text
}
