import type { IncludeRuleConfig } from '../config/rule-config.ts'
import type { Gaps } from '../gaps.ts'
import type { Field } from '../read/field.ts'
import { readIncludeRules } from '../read/read-rules.ts'

const OTHER_SOURCES = ['remote', 'project', 'template', 'component', 'artifact']
const INCLUDE_KEYWORDS = {
  read: ['local', 'rules', ...OTHER_SOURCES, 'file', 'ref', 'job', 'integrity', 'cache'],
  noted: ['inputs'],
}

/** One item of `include:` that names files of this project. */
export interface LocalInclude {
  readonly path: string
  readonly rules: readonly IncludeRuleConfig[] | undefined
  readonly field: Field
}

/** The local files that are asked for; what comes from elsewhere is noted. */
export function readInclude(field: Field, gaps: Gaps): readonly LocalInclude[] {
  const items = field.isList ? (field.flatItems() ?? []) : [field]
  return items.flatMap((item) => readItem(item, gaps) ?? [])
}

function readItem(field: Field, gaps: Gaps): LocalInclude | undefined {
  if (!field.isMap) {
    const path = field.filledText()
    if (path === undefined) return undefined
    if (!/^https?:\/\//i.test(path)) return { path, rules: undefined, field }
    gaps.open()
    field.note('of another server is not read: only files of this project are')
    return undefined
  }
  const map = field.map(INCLUDE_KEYWORDS)
  const source = OTHER_SOURCES.map((keyword) => map?.get(keyword)).find((found) => found !== undefined)
  if (source !== undefined) {
    gaps.open()
    source.note('is not read: only files of this project are')
    return undefined
  }
  const local = map?.get('local')
  if (map === undefined || local === undefined) return field.refuse('has no local: the path of a file')
  const path = local.filledText()
  const rules = map.get('rules')
  return path === undefined ? undefined : { path, rules: rules && readIncludeRules(rules), field: local }
}
