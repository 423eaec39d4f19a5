import {
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import type { SettingsMistake } from './settings-error.ts'
import type { Position, SettingsPath } from './settings-tree.ts'
import { readTextFile } from './text-file.ts'

/** Far above any real file; ours is the only program that writes more by mistake. */
const MAX_FILE_BYTES = 1024 * 1024

export interface SettingsFile {
  /** Undefined when the file is empty, or no YAML at all. */
  readonly tree: unknown
  /** What is wrong with the YAML itself. */
  readonly mistakes: readonly SettingsMistake[]
  /** Where a key, a list item, or else the nearest thing around it stands. */
  locate(path: SettingsPath): Position | undefined
}

/** @throws TextFileError */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  return parseSettingsFile(await readTextFile(path, MAX_FILE_BYTES))
}

export function parseSettingsFile(text: string): SettingsFile {
  const lineCounter = new LineCounter()
  // prettyErrors would put lines of the file into messages.
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true })
  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset)
    return { line, column: col }
  }
  const mistakes: SettingsMistake[] = []
  const complain = (message: string, offset: number): void => {
    mistakes.push({ path: '', message, source: 'file', ...positionAt(offset) })
  }
  for (const error of [...document.errors, ...document.warnings]) complain(syntaxMistake(error), error.pos[0])
  // A glob without quotes reads as an alias. Settings are too small to need any, and some grow without end.
  visit(document, { Alias: (_, alias) => complain(ALIAS_MISTAKE, alias.range?.[0] ?? 0) })
  return {
    tree: mistakes.length > 0 ? undefined : document.toJS(),
    mistakes,
    locate(path) {
      const offset = offsetOf(document.contents, path)
      return offset === undefined ? undefined : positionAt(offset)
    },
  }
}

const ALIAS_MISTAKE = 'a value that begins with * is written in quotes'

// The library's own messages quote the file, so only its codes are used.
const SYNTAX_MISTAKES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  DUPLICATE_KEY: 'this key is there twice',
  TAB_AS_INDENT: 'YAML is indented with spaces, not with tabs',
  BAD_INDENT: 'the indentation does not fit the lines around it',
  BAD_ALIAS: ALIAS_MISTAKE,
  BAD_SCALAR_START: 'a value that begins with @, ` or % is written in quotes',
  MULTIPLE_DOCS: 'expected one document, without ---',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing around here',
}

function syntaxMistake(error: YAMLError): string {
  return SYNTAX_MISTAKES[error.code] ?? `this is not valid YAML (${error.code})`
}

function offsetOf(root: unknown, path: SettingsPath): number | undefined {
  let node = root
  let offset = startOf(root)
  for (const key of path) {
    const child = isMap(node) ? pairOf(node.items, key) : undefined
    const item = child?.value ?? (isCollection(node) ? node.get(key, true) : undefined)
    const found = startOf(child?.key) ?? startOf(item)
    if (found === undefined) return offset
    offset = found
    node = item
  }
  return offset
}

// Names are lower-cased after reading, so keys are compared without case.
function pairOf(pairs: readonly Pair[], key: string | number): Pair | undefined {
  const wanted = String(key).toLowerCase()
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value).toLowerCase() === wanted)
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) ? node.range?.[0] : undefined
}
