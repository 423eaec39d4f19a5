import { type TomlPath, tomlKeys } from './toml-keys.ts'

/**
 * Where the keys of a TOML document stand.
 * @param text valid TOML: of anything else lines may be missing, and nothing fails
 * @returns the line, from 1, of a key or the nearest one around it
 */
export function tomlLines(text: string): (path: TomlPath) => number | undefined {
  const lines = new Map<string, number>()
  for (const { path, offset } of tomlKeys(text)) {
    const key = JSON.stringify(path)
    if (!lines.has(key)) lines.set(key, text.slice(0, offset).split('\n').length)
  }
  return (path) => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const line = lines.get(JSON.stringify(path.slice(0, depth)))
      if (line !== undefined) return line
    }
    return undefined
  }
}
