import {
  Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type Scalar,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Position } from '../config/position.ts'
import type { Findings } from '../mistakes.ts'
import { LineTable } from './line-table.ts'
import { nestsDeeper } from './nests-deeper.ts'
import { listNode, MAX_NODES, type MapEntry, type MapNode, mapNode, textNode, type YamlNode } from './node.ts'
import { readPlainScalar } from './plain-scalar.ts'

/** Deeper than any real file; every walk over nodes goes this deep into the stack. */
const MAX_DEPTH = 100
/** A little deeper, so that most of what is too deep is told with its place. */
const MAX_COMPOSED_DEPTH = 2 * MAX_DEPTH

const REFERENCE_TAG = '!reference'
const TEXT_TAG = 'tag:yaml.org,2002:str'

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
  const positionAt = (offset: number): Position => {
    const { line, column } = lines.at(source?.offsetBefore(offset) ?? offset)
    return { file, line, column }
  }
  const documents = parseDocuments(text)
  if (documents === 'too deep') {
    findings.mistake({ file, line: 1, column: 1 }, 'this file nests its values too deeply')
    return []
  }
  // Tags are judged where their value is read.
  const errors = documents
    .flatMap((document) => [...document.errors, ...document.warnings])
    .filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')
  for (const error of errors) findings.mistake(positionAt(error.pos[0]), syntaxMistake(error))
  if (errors.length > 0) return []
  const found = findings.mistakes.length
  const nodes = documents
    .filter(({ contents }) => contents !== null)
    .map((document) => new Reader(positionAt, findings).read(document.contents, 0))
  const first = nodes.find(({ size }) => size > MAX_NODES)
  if (first !== undefined) {
    findings.mistake(first.at, `the aliases of this file unfold into more than ${MAX_NODES} values`)
  }
  return findings.mistakes.length > found ? [] : nodes
}

function parseDocuments(text: string): readonly Document[] | 'too deep' {
  const tokens = [...new Parser().parse(text)]
  // The composer calls itself for every level, and a stack that runs over while V8 compiles a pattern ends the process.
  if (nestsDeeper(tokens, MAX_COMPOSED_DEPTH)) return 'too deep'
  const composer = new Composer({
    // Every value is text at first: what it stands for is for readPlainScalar to say.
    schema: 'failsafe',
    // An unknown tag is a warning, and each of them costs the trace of a stack.
    customTags: [{ tag: REFERENCE_TAG, collection: 'seq' }],
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  })
  return [...composer.compose(tokens)]
}

/** Walks one document in its own order, so that an alias finds the last anchor before it. */
class Reader {
  readonly #anchors = new Map<string, YamlNode>()
  readonly #positionAt: (offset: number) => Position
  readonly #findings: Findings

  constructor(positionAt: (offset: number) => Position, findings: Findings) {
    this.#positionAt = positionAt
    this.#findings = findings
  }

  read(source: unknown, depth: number): YamlNode {
    const at = this.#positionOf(source)
    if (depth > MAX_DEPTH) return this.#refuse(at, `values nest at most ${MAX_DEPTH} levels deep`)
    if (isAlias(source)) {
      const node = this.#anchors.get(source.source)
      if (node !== undefined) return node
      return this.#refuse(at, `*${source.source} has no &${source.source} before it in this file`)
    }
    const node = this.#readValue(source, at, depth)
    if ((isScalar(source) || isMap(source) || isSeq(source)) && source.anchor !== undefined) {
      this.#anchors.set(source.anchor, node)
    }
    return node
  }

  #readValue(source: unknown, at: Position, depth: number): YamlNode {
    if (isScalar(source)) return this.#readScalar(source, at)
    if (isMap(source)) return this.#readMap(source, at, depth)
    if (isSeq(source)) return this.#readList(source, at, depth)
    return nullNode(at)
  }

  #readScalar(source: Scalar, at: Position): YamlNode {
    const text = String(source.value ?? '')
    if (source.tag?.startsWith('!')) this.#refuseTag(source.tag, at)
    if (source.type !== 'PLAIN' || source.tag === TEXT_TAG) return textNode(text, at)
    const plain = readPlainScalar(text)
    if (plain !== undefined) return { kind: 'scalar', ...plain, at, size: 1 }
    return this.#refuse(at, `${text} is a date: put it in quotes, GitLab takes no dates`)
  }

  #readList(source: YAMLSeq, at: Position, depth: number): YamlNode {
    const items = source.items.map((item) => this.read(item, depth + 1))
    if (source.tag !== REFERENCE_TAG) {
      if (source.tag?.startsWith('!')) this.#refuseTag(source.tag, at)
      return listNode(items, at)
    }
    const path = items.flatMap((item) => (item.kind === 'scalar' && item.text !== '' ? [item.text] : []))
    if (path.length > 0 && path.length === items.length) return { kind: 'reference', path, at, size: 1 }
    return this.#refuse(at, '!reference takes a list of keys: !reference [.setup, script]')
  }

  #readMap(source: YAMLMap, at: Position, depth: number): MapNode {
    if (source.tag?.startsWith('!')) this.#refuseTag(source.tag, at)
    const entries = new Map<string, MapEntry>()
    for (const pair of source.items) {
      const key = this.read(pair.key, depth + 1)
      const keyAt = isAlias(pair.key) ? this.#positionOf(pair.key) : key.at
      const value = this.read(pair.value, depth + 1)
      if (isMergeKey(pair)) this.#mergeInto(entries, value)
      else if (key.kind !== 'scalar') this.#refuse(keyAt, 'a key is a word, not a list or a map')
      else {
        const text = keyText(pair, key.text)
        entries.set(text, { key: text, keyAt, value: placed(value, keyAt) })
      }
    }
    return mapNode(entries, at)
  }

  #mergeInto(entries: Map<string, MapEntry>, value: YamlNode): void {
    const maps = value.kind === 'list' ? value.items.toReversed() : [value]
    for (const map of maps) {
      if (map.kind === 'map') for (const [key, entry] of map.entries) entries.set(key, entry)
      else this.#refuse(map.at, '<< merges a map, or a list of maps: <<: *name')
    }
  }

  #refuseTag(tag: string, at: Position): void {
    this.#refuse(at, `the tag ${tag} is not known: there is only !reference, with a list`)
  }

  #refuse(at: Position, message: string): YamlNode {
    this.#findings.mistake(at, message)
    return nullNode(at)
  }

  #positionOf(source: unknown): Position {
    const known = isScalar(source) || isMap(source) || isSeq(source) || source instanceof Alias
    return this.#positionAt(known ? (source.range?.[0] ?? 0) : 0)
  }
}

function nullNode(at: Position): YamlNode {
  return { kind: 'scalar', value: null, text: '', at, size: 1 }
}

// A value that is not there has the place of its key, which is where a person looks.
function placed(value: YamlNode, keyAt: Position): YamlNode {
  return value.kind === 'scalar' && value.value === null ? { ...value, at: keyAt } : value
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.tag === undefined
}

// A null key has no text of its own, yet `null:` was written.
function keyText({ key }: Pair, text: string): string {
  return text === '' && isScalar(key) ? String(key.value ?? '') : text
}

// The library's own messages quote the file, so only its codes are used.
const SYNTAX_MISTAKES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'YAML is indented with spaces, not with tabs',
  BAD_INDENT: 'the indentation does not fit the lines around it',
  BAD_ALIAS: 'a value that begins with * is written in quotes',
  BAD_SCALAR_START: 'a value that begins with @, ` or % is written in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value with ": " in it is written in quotes',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing after this key, or a quote around the value',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing around here',
}

function syntaxMistake(error: YAMLError): string {
  return SYNTAX_MISTAKES[error.code] ?? `this is not valid YAML (${error.code})`
}
