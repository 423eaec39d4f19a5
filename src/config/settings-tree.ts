/** A key, or an index in a list, from the root of the settings down. */
export type SettingsPath = readonly (string | number)[]

export interface Position {
  readonly line: number
  readonly column: number
}

/** Settings as one source gave them, before any check, in the shape of the file. */
export type SettingsTree = Readonly<Record<string, unknown>>

export function at(tree: unknown, path: SettingsPath): unknown {
  return path.reduce<unknown>((value, key) => (isContainer(value) ? value[String(key)] : undefined), tree)
}

/** The part of a path that leads through the tree: without an index into what is no list. */
export function pathWithin(tree: unknown, path: SettingsPath): SettingsPath {
  const end = path.findIndex(
    (key, depth) => typeof key === 'number' && !Array.isArray(at(tree, path.slice(0, depth))),
  )
  return end === -1 ? path : path.slice(0, end)
}

/**
 * A copy without what stands at the path. A list goes as a whole, as its indexes would shift, and so does a
 * section that lacks the key.
 */
export function without(tree: unknown, path: SettingsPath): unknown {
  const [key, ...rest] = path
  if (!isContainer(tree) || typeof key !== 'string' || !Object.hasOwn(tree, key)) return undefined
  const { [key]: child, ...others } = tree
  const kept = rest.length === 0 ? undefined : without(child, rest)
  return kept === undefined ? others : { ...others, [key]: kept }
}

/** `upstreams.docker.io.allow[0]`, as people write it. */
export function formatPath(path: SettingsPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
