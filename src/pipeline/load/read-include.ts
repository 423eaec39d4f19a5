import type { IncludeRuleConfig } from '../config/rule-config.ts'
import type { Gaps } from '../gaps.ts'
import type { GivenInputs } from '../inputs/choose-inputs.ts'
import type { Field, MapField } from '../read/field.ts'
import { readIncludeRules } from '../read/read-rules.ts'
import { isAddress } from './is-address.ts'

const ELSEWHERE = ['project', 'template', 'component', 'artifact']
const INCLUDE_KEYWORDS = {
  read: ['local', 'remote', 'rules', 'inputs', 'integrity', ...ELSEWHERE, 'file', 'ref', 'job'],
  noted: ['cache'],
}
const INTEGRITY = /^sha256-[A-Za-z0-9+/]{43}=$/

/** One item of `include:` that is read. */
export interface IncludeItem {
  readonly kind: 'local' | 'remote'
  /** A path or an address, as written. */
  readonly name: string
  /** Of what is remote. */
  readonly integrity: string | undefined
  readonly rules: readonly IncludeRuleConfig[] | undefined
  readonly inputs: GivenInputs
  readonly field: Field
}

/**
 * The files that are asked for; what comes from elsewhere is noted.
 * @param readsRemote whether those of other servers can be had
 */
export function readInclude(field: Field, gaps: Gaps, readsRemote: boolean): readonly IncludeItem[] {
  const items = field.isList ? (field.flatItems() ?? []) : [field]
  return items.flatMap((item) => readItem(item, gaps, readsRemote) ?? [])
}

function readItem(field: Field, gaps: Gaps, readsRemote: boolean): IncludeItem | undefined {
  if (!field.isMap) {
    const name = field.filledText()
    if (name === undefined) return undefined
    const kind = isAddress(name) ? 'remote' : 'local'
    if (kind === 'remote' && !readsRemote) return leaveOut(field, gaps)
    return { kind, name, integrity: undefined, rules: undefined, inputs: new Map(), field }
  }
  const map = field.map(INCLUDE_KEYWORDS)
  if (map === undefined) return undefined
  const outside = ELSEWHERE.map((keyword) => map.get(keyword)).find((found) => found !== undefined)
  const [local, remote] = [map.get('local'), map.get('remote')]
  if (outside !== undefined) return leaveOut(outside, gaps)
  if (remote !== undefined && !readsRemote) return leaveOut(remote, gaps)
  if (local !== undefined && remote !== undefined) return remote.refuse('cannot stand beside local')
  const file = local ?? remote
  if (file === undefined) return field.refuse('has no local or remote: the file to read')
  const name = file.filledText()
  if (name === undefined) return undefined
  const rules = map.get('rules')
  return {
    ...{ kind: local === undefined ? 'remote' : 'local', name, field: file },
    integrity: readIntegrity(map, remote),
    rules: rules && readIncludeRules(rules),
    inputs: new Map(map.get('inputs')?.anyMap()?.all() ?? []),
  }
}

function readIntegrity(map: MapField, remote: Field | undefined): string | undefined {
  const field = map.get('integrity')
  if (field === undefined) return undefined
  if (remote === undefined) return field.refuse('is for remote files')
  const text = field.filledText()
  if (text === undefined || INTEGRITY.test(text)) return text
  return field.refuse('takes sha256- and the Base64 of the digest')
}

function leaveOut(field: Field, gaps: Gaps): undefined {
  gaps.open()
  field.note('is not read: only files of this project and of include:remote are')
}
