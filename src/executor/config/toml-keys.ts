export type TomlPath = readonly (string | number)[]

/** A key, or the header of a table, of a TOML document. */
export interface TomlKey {
  readonly path: TomlPath
  /** Where it begins in the text. */
  readonly offset: number
  readonly isHeader: boolean
  /** Where its value stands. Absent: a header, or a table on the way of a dotted key. */
  readonly value?: TomlSpan
}

/** From the first letter to behind the last. */
export interface TomlSpan {
  readonly start: number
  readonly end: number
}

const KEY = /[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*'/y
const STRING =
  /"""(?:\\[\s\S]|(?!""")[\s\S])*"{3,5}|'''(?:(?!''')[\s\S])*'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/y
const SPACE = /(?:[ \t\r\n]|#[^\n]*)*/y
const INLINE_SPACE = /[ \t]*/y

/**
 * The keys of a TOML document where they stand, which its parser does not tell.
 * @param text valid TOML: of anything else keys may be missing, and nothing fails
 */
export function tomlKeys(text: string): readonly TomlKey[] {
  const found: TomlKey[] = []
  const lastIndexes = new Map<string, number>()
  let at = 0
  let table: TomlPath = []
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const takeKeys = (): string[] => {
    const keys: string[] = []
    do {
      take(INLINE_SPACE)
      const key = take(KEY)
      if (key === undefined) return keys
      keys.push(/^["']/.test(key) ? key.slice(1, -1) : key)
      take(INLINE_SPACE)
    } while (take(/\./y) !== undefined)
    return keys
  }
  /** Into the last table of each list on the way. */
  const resolve = (keys: readonly string[]): TomlPath => {
    const path: (string | number)[] = []
    for (const key of keys) {
      path.push(key)
      const index = lastIndexes.get(JSON.stringify(path))
      if (index !== undefined) path.push(index)
    }
    return path
  }
  const skipValue = (): void => {
    for (let depth = 0; at < text.length; ) {
      if (take(STRING) !== undefined) continue
      const letter = text[at] ?? ''
      if (depth === 0 && (letter === '\n' || letter === '#')) return
      if (letter === '#') take(SPACE)
      if (letter === '[' || letter === '{') depth += 1
      if (letter === ']' || letter === '}') depth -= 1
      if (letter !== '#') at += 1
    }
  }
  for (take(SPACE); at < text.length; take(SPACE)) {
    const start = at
    const isList = take(/\[\[/y) !== undefined
    if (isList || take(/\[/y) !== undefined) {
      const keys = takeKeys()
      const parent = resolve(keys.slice(0, -1))
      const list = JSON.stringify([...parent, keys.at(-1) ?? ''])
      if (isList) lastIndexes.set(list, (lastIndexes.get(list) ?? -1) + 1)
      table = resolve(keys)
      found.push({ path: table, offset: start, isHeader: true })
      take(/[ \t]*\]{1,2}/y)
    } else {
      const keys = takeKeys()
      take(/=[ \t]*/y)
      const valueStart = at
      skipValue()
      const value = { start: valueStart, end: valueStart + text.slice(valueStart, at).trimEnd().length }
      for (let depth = 1; depth <= keys.length; depth += 1) {
        const key = { path: [...table, ...keys.slice(0, depth)], offset: start, isHeader: false }
        found.push(depth === keys.length ? { ...key, value } : key)
      }
    }
    // Never stuck, whatever stands there.
    if (at === start) at += 1
  }
  return found
}
