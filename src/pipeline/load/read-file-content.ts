import { LineTable } from '../../yaml/line-table.ts'
import type { Position } from '../config/position.ts'
import { chooseInputs, type GivenInputs } from '../inputs/choose-inputs.ts'
import { fillIn } from '../inputs/fill-in.ts'
import { readInputSpecs } from '../inputs/input-spec.ts'
import type { Findings } from '../mistakes.ts'
import { Field } from '../read/field.ts'
import { describeNode, isNull, type MapNode, mapNode, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { type SplitFile, splitHeader } from '../yaml/split-header.ts'
import type { IncludeContext } from './include-context.ts'

/** Of a file whose inputs are filled in: as much as anybody writes by hand, several times. */
const MAX_FILLED_LENGTH = 8 * 1024 * 1024

export interface ContentParts {
  readonly context: IncludeContext
  readonly findings: Findings
}

/**
 * What a file says, with the inputs of its header filled in. What is wrong goes to the findings.
 * @param asked where the file is asked for
 */
export function readFileContent(
  name: string,
  text: string,
  given: GivenInputs,
  asked: Position,
  parts: ContentParts,
): MapNode {
  const { findings } = parts
  const start = { file: name, line: 1, column: 1 }
  // JSON may be indented with tabs, YAML may not; within its texts a tab is written \t.
  const yaml = name.endsWith('.json') ? text.replaceAll('\t', ' ') : text
  const split = splitHeader(yaml)
  if (split !== undefined) return contentOf(readFilled(name, yaml, split, given, parts), start, findings)
  if (given.size > 0) {
    findings.mistake(asked, `${name} takes no inputs: it does not begin with a spec of them and ---`)
  }
  return contentOf(parseYaml(yaml, name, findings), start, findings)
}

function readFilled(
  name: string,
  text: string,
  { header, contentAt }: SplitFile,
  given: GivenInputs,
  { context, findings }: ContentParts,
): readonly YamlNode[] {
  const found = findings.mistakes.length
  const [node] = parseYaml(header, name, findings)
  const specs = node === undefined ? new Map() : readInputSpecs(new Field(node, '', '', findings))
  if (findings.mistakes.length > found) return []
  const inputs = chooseInputs(specs, given, findings)
  // What is not chosen would be missed once more wherever it is used.
  if (findings.mistakes.length > found) return []
  const lines = new LineTable(text)
  const filled = fillIn(text.slice(contentAt), {
    inputs,
    expand: (value) => context.expand(value),
    refuse: (offset, message) => findings.mistake({ file: name, ...lines.at(contentAt + offset) }, message),
    maxLength: MAX_FILLED_LENGTH,
  })
  if (findings.mistakes.length > found) return []
  const offsetBefore = (offset: number) => contentAt + filled.offsetBefore(offset)
  return parseYaml(filled.text, name, findings, { text, offsetBefore })
}

function contentOf(documents: readonly YamlNode[], start: Position, findings: Findings): MapNode {
  const nothing = mapNode(new Map(), start)
  const [content, ...more] = documents
  if (more[0] !== undefined) {
    findings.mistake(more[0].at, 'a pipeline file is one document, with a header for inputs at most')
  }
  if (content === undefined || isNull(content)) return nothing
  if (content.kind === 'map') return content
  findings.mistake(content.at, `a pipeline file is a map of jobs, and this is ${describeNode(content)}`)
  return nothing
}
