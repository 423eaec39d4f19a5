import type { MatrixEntry, NeedConfig } from '../config/need-config.ts'
import type { Field } from './field.ts'

const NEED_KEYWORDS = { read: ['job', 'artifacts', 'optional', 'parallel', 'pipeline', 'project', 'ref'] }
const PARALLEL_KEYWORDS = { read: ['matrix'] }

/** GitLab's limits. */
const MAX_NEEDS = 50
const MAX_JOBS = 200

export function readNeeds(field: Field): readonly NeedConfig[] {
  const items = field.isMap ? [field] : (field.flatItems() ?? [])
  const needs = items.flatMap((item) => readNeed(item) ?? [])
  if (needs.length > MAX_NEEDS)
    field.refuse(`names ${needs.length} jobs, and GitLab takes ${MAX_NEEDS} at most`)
  return needs
}

function readNeed(field: Field): NeedConfig | undefined {
  if (!field.isMap) {
    const job = field.filledText()
    return job === undefined
      ? undefined
      : { job, artifacts: true, isOptional: false, matrix: undefined, at: field.at }
  }
  const map = field.map(NEED_KEYWORDS)
  if (map === undefined) return undefined
  if (map.get('pipeline') !== undefined || map.get('project') !== undefined) {
    field.note('of another pipeline or project has no effect here: nothing is taken from there')
    return undefined
  }
  const job = map.get('job')
  if (job === undefined) return field.refuse('has no job: the name of what is needed')
  const name = job.filledText()
  const matrix = map.get('parallel')?.map(PARALLEL_KEYWORDS)?.get('matrix')
  if (name === undefined) return undefined
  return {
    job: name,
    artifacts: map.get('artifacts')?.boolean() ?? true,
    isOptional: map.get('optional')?.boolean() ?? false,
    matrix: matrix && readMatrix(matrix),
    at: field.at,
  }
}

/** The entries of `parallel:matrix`. */
export function readMatrix(field: Field): readonly MatrixEntry[] {
  const entries = (field.flatItems() ?? []).map((item): MatrixEntry => {
    const variables = item.anyMap()?.all() ?? []
    return variables.map(([key, value]) => ({ key, values: readValues(value) }))
  })
  const cells = entries.reduce(
    (sum, entry) => sum + entry.reduce((product, { values }) => product * values.length, 1),
    0,
  )
  if (entries.length === 0) field.refuse('is empty')
  if (cells > MAX_JOBS) field.refuse(`makes ${cells} jobs of one, and GitLab takes ${MAX_JOBS} at most`)
  return entries
}

function readValues(field: Field): readonly string[] {
  const values = field.isList ? (field.flatItems() ?? []) : [field]
  if (values.length === 0) field.refuse('needs a value, or a list of values')
  return values.flatMap((value) => value.textOrNumber() ?? [])
}
