import { CORE_SCHEMA, constructFromEvents, EVENT_ID, YAMLException } from 'js-yaml'
import { LineTable } from '../yaml/line-table.ts'
import { readEvents, type SyntaxMistake, type YamlEvents } from '../yaml/read-events.ts'
import { startOf } from '../yaml/start-of.ts'
import { syntaxMistake, UNQUOTED_ALIAS } from '../yaml/syntax-mistake.ts'
import { offsetOf } from './file-places.ts'
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
  const lines = new LineTable(text)
  const read = readEvents(text)
  if ('message' in read) return unreadable(read, lines)
  const content = construct(read)
  if ('message' in content) return unreadable(content, lines)
  return {
    tree: content.tree,
    mistakes: [],
    locate(path) {
      const offset = offsetOf(read, path)
      return offset === undefined ? undefined : lines.at(read.offsetBefore(offset))
    },
  }
}

function unreadable({ message, offset }: SyntaxMistake, lines: LineTable): SettingsFile {
  const mistake: SettingsMistake = { path: '', message, source: 'file', ...lines.at(offset) }
  return { tree: undefined, mistakes: [mistake], locate: () => undefined }
}

function construct({ text, events, offsetBefore }: YamlEvents): { readonly tree: unknown } | SyntaxMistake {
  const [, second] = events.flatMap(({ type }, index) => (type === EVENT_ID.DOCUMENT ? index : []))
  if (second !== undefined) {
    const divider = text.lastIndexOf('---', startOf(events[second + 1]) ?? text.length)
    return { offset: offsetBefore(divider), message: 'expected one document, without ---' }
  }
  // A glob without quotes reads as an alias. Settings are too small to need any, and some grow without end.
  const alias = events.find(({ type }) => type === EVENT_ID.ALIAS)
  if (alias !== undefined) return { offset: offsetBefore(startOf(alias) ?? 0), message: UNQUOTED_ALIAS }
  try {
    const [tree] = constructFromEvents([...events], { source: text, schema: CORE_SCHEMA })
    return { tree }
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const offset = error.mark?.position ?? 0
    return { offset: offsetBefore(offset), message: syntaxMistake(error.reason, text, offset) }
  }
}
