import type { InheritedVariables } from '../config/variable-config.ts'
import { entryOf, type MapEntry, type MapNode, mapNode } from '../yaml/node.ts'
import { DEFAULT_KEYWORDS } from './dialects.ts'
import type { Field } from './field.ts'
import { readInherited } from './read-variables.ts'

const INHERIT_KEYWORDS = { read: ['default', 'variables'] }

export interface Inheritance {
  /** Which defaults the job takes. */
  readonly defaults: InheritedVariables
  readonly variables: InheritedVariables
}

/** `inherit:` of a job, everything when it has none. */
export function readInherit(field: Field | undefined): Inheritance {
  const map = field?.map(INHERIT_KEYWORDS)
  const defaults = map?.get('default')
  const variables = map?.get('variables')
  const chosen = defaults && readInherited(defaults)
  if (defaults?.isList) {
    const known = [...DEFAULT_KEYWORDS.read, ...DEFAULT_KEYWORDS.noted]
    for (const item of defaults.items() ?? []) item.choice(known)
  }
  return {
    defaults: chosen ?? true,
    variables: (variables && readInherited(variables)) ?? true,
  }
}

/** The job with the defaults that it has nothing of its own for. They are taken whole, never merged. */
export function withDefaults(job: MapNode, defaults: MapNode, inherited: InheritedVariables): MapNode {
  if (inherited === false) return job
  const added = [...defaults.entries].filter(
    ([key]) => entryOf(job, key) === undefined && (inherited === true || inherited.includes(key)),
  )
  if (added.length === 0) return job
  return mapNode(new Map<string, MapEntry>([...job.entries, ...added]), job.at)
}
