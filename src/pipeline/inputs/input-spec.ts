import type { Position } from '../config/position.ts'
import { ExpressionInvalid } from '../expression/expression-invalid.ts'
import { compilePattern, type Pattern } from '../expression/pattern.ts'
import type { Field, MapField } from '../read/field.ts'
import { isNull, type MapNode } from '../yaml/node.ts'
import { INPUT_TYPES, type InputValue, readInputValue } from './input-value.ts'

/** One entry of `spec:inputs`. */
export interface InputSpec {
  readonly name: string
  readonly type: (typeof INPUT_TYPES)[number]
  /** Undefined: whoever asks for the file has to give a value. */
  readonly fallback: InputValue | undefined
  /** As they are filled in; undefined: any value. */
  readonly options: readonly string[] | undefined
  readonly pattern: Pattern | undefined
  readonly at: Position
}

const HEADER_KEYWORDS = { read: ['spec'] }
const SPEC_KEYWORDS = { read: ['inputs'], noted: ['component', 'include', 'description'] }
const INPUT_KEYWORDS = { read: ['default', 'type', 'options', 'regex', 'description'], noted: ['rules'] }

/** What the header of a file says of its inputs. What is wrong with it goes to the findings of the field. */
export function readInputSpecs(header: Field): ReadonlyMap<string, InputSpec> {
  const inputs = header.map(HEADER_KEYWORDS)?.get('spec')?.map(SPEC_KEYWORDS)?.get('inputs')?.anyMap()
  const specs = inputs?.all().flatMap(([name, field]) => readSpec(name, field, inputs.placeOf(name)) ?? [])
  return new Map((specs ?? []).map((spec) => [spec.name, spec]))
}

function readSpec(name: string, field: Field, at: Position): InputSpec | undefined {
  const plain: InputSpec = {
    ...{ name, type: 'string', at },
    ...{ fallback: undefined, options: undefined, pattern: undefined },
  }
  if (isNull(field.node)) return plain
  const map = field.map(INPUT_KEYWORDS)
  if (map === undefined) return undefined
  const type = map.get('type')?.choice(INPUT_TYPES) ?? 'string'
  const fallback = readDefault(map, field.node, type)
  const options = map
    .get('options')
    ?.items()
    ?.flatMap((option) => readInputValue(option, type)?.text ?? [])
  if (fallback !== undefined && options?.includes(fallback.text) === false) {
    map.get('default')?.refuse(`is none of its options: ${options.join(', ')}`)
  }
  return { ...plain, type, fallback, options, pattern: readRegex(map.get('regex'), fallback) }
}

function readDefault(map: MapField, node: Field['node'], type: InputSpec['type']): InputValue | undefined {
  const field = map.get('default')
  if (field !== undefined) return readInputValue(field, type)
  // One that is written, and empty, counts: GitLab fills in null.
  const isWritten = node.kind === 'map' && (node satisfies MapNode).entries.has('default')
  return isWritten ? { type, text: 'null' } : undefined
}

function readRegex(field: Field | undefined, fallback: InputValue | undefined): Pattern | undefined {
  const text = field?.filledText()
  if (field === undefined || text === undefined) return undefined
  try {
    const pattern = compilePattern(text)
    if (fallback !== undefined && !pattern.test(fallback.text)) {
      field.refuse(`${text} does not match the default`)
    }
    return pattern
  } catch (error) {
    if (!(error instanceof ExpressionInvalid)) throw error
    return field.refuse(`is no pattern: ${error.message}`)
  }
}
