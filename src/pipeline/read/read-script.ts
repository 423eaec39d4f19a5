import type { Field } from './field.ts'

/** Lines of a script: text, or a list in which lists may stand. */
export function readScript(field: Field): readonly string[] | undefined {
  const { node } = field
  if (node.kind === 'scalar' && typeof node.value === 'string') return [node.text]
  if (node.kind !== 'list') return field.refuse('takes text, or a list of lines')
  return (field.flatItems() ?? []).flatMap((line) => {
    // The most common mistake in pipeline files, and the least visible one.
    if (line.isMap) {
      line.refuse('has a line that YAML reads as a map, because of the ": " in it: put the line in quotes')
      return []
    }
    return line.text() ?? []
  })
}
