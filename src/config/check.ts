import { type SettingsDraft, settingsSchema } from './schema.ts'
import type { SettingsMistake, SettingsSource } from './settings-error.ts'
import { formatPath, type Position, pathWithin, type SettingsPath, without } from './settings-tree.ts'

/** One source of settings: its tree, and how a person finds a path of the tree in it. */
export interface SettingsLayer {
  readonly source: SettingsSource
  readonly tree: unknown
  /** What the path is called in this source: a key, a variable, a flag. Default: the path of the file. */
  nameOf?(path: SettingsPath): string
  locate?(path: SettingsPath): Position | undefined
}

export interface CheckedLayer extends SettingsLayer {
  readonly draft: SettingsDraft
  readonly mistakes: readonly FoundMistake[]
}

export interface FoundMistake extends SettingsMistake {
  readonly at: SettingsPath
}

/**
 * Checks one source against the schema. What is wrong is noted and left out, then the rest is checked again,
 * so that one refusal names every mistake and the later checks have a draft to look at.
 * @param known mistakes that were found while the source was read
 */
export function checkLayer(layer: SettingsLayer, known: readonly FoundMistake[] = []): CheckedLayer {
  const schema = settingsSchema()
  const mistakes = [...known]
  let tree = layer.tree
  for (;;) {
    const result = schema.safeParse(tree ?? {})
    if (result.success) return { ...layer, draft: result.data, mistakes }
    const checkedTree = tree
    for (const issue of result.error.issues) {
      const keys = issue.path.filter((key) => typeof key !== 'symbol')
      const path = pathWithin(checkedTree, keys)
      mistakes.push(mistakeAt(layer, path, issue.message))
      tree = without(tree, path)
    }
  }
}

export function mistakeAt(layer: SettingsLayer, path: SettingsPath, message: string): FoundMistake {
  const position = layer.locate?.(path)
  const name = layer.nameOf?.(path) ?? formatPath(path)
  return { at: path, path: name, message, source: layer.source, ...position }
}
