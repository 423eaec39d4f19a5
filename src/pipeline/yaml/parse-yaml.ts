import { LineTable } from '../../yaml/line-table.ts'
import { readEvents } from '../../yaml/read-events.ts'
import type { Position } from '../config/position.ts'
import type { Findings } from '../mistakes.ts'
import { DocumentReader } from './document-reader.ts'
import { MAX_NODES, type YamlNode } from './node.ts'

/** The text of a file before its inputs were filled in, which is what a person looks at. */
export interface SourceText {
  readonly text: string
  /** Where in it something stood that is now elsewhere. */
  offsetBefore(offset: number): number
}

/**
 * The documents of a file, as GitLab reads them: a key that is there twice counts the last time, `<<` merges one
 * level deep, the first of several maps winning, and over the keys that stand before it.
 * What is wrong goes to the findings; then there are no documents.
 */
export function parseYaml(
  text: string,
  file: string,
  findings: Findings,
  source?: SourceText,
): readonly YamlNode[] {
  const lines = new LineTable(source?.text ?? text)
  const placeOf = (offset: number): Position => {
    const { line, column } = lines.at(source?.offsetBefore(offset) ?? offset)
    return { file, line, column }
  }
  const found = findings.mistakes.length
  const read = readEvents(text)
  if ('message' in read) {
    findings.mistake(placeOf(read.offset), read.message)
    return []
  }
  const positionAt = (offset: number) => placeOf(read.offsetBefore(offset))
  const nodes: YamlNode[] = []
  for (let at = 0; at < read.events.length; ) {
    const reader = new DocumentReader({ ...read, positionAt, findings }, at)
    const node = reader.read()
    if (node !== undefined) nodes.push(node)
    at = reader.end
  }
  const first = nodes.find(({ size }) => size > MAX_NODES)
  if (first !== undefined) {
    findings.mistake(first.at, `the aliases of this file unfold into more than ${MAX_NODES} values`)
  }
  return findings.mistakes.length > found ? [] : nodes
}
