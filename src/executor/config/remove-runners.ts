import { RunnerConfigError } from './config-error.ts'
import { parseToml } from './parse-toml.ts'
import { readsAs } from './reads-as.ts'
import { type TomlPath, tomlKeys } from './toml-keys.ts'

/**
 * A config.toml without some of its runners. Everything else stays as it was written, also the comments above their
 * `[[runners]]`.
 * @param file as the user named it, for messages
 * @param indexes of runners, from 0
 * @throws RunnerConfigError when the text is no TOML, or has its runners in a form that nothing can be cut from
 */
export function removeRunners(text: string, file: string, indexes: ReadonlySet<number>): string {
  const { runners = [], ...others } = parseToml(text, file)
  const kept = Array.isArray(runners) ? runners.filter((_, index) => !indexes.has(index)) : []
  const headers = tomlKeys(text)
    .filter(({ isHeader }) => isHeader)
    .map(({ path, offset }) => ({ path, at: lineStart(text, offset) }))
  let left = text.slice(0, headers[0]?.at)
  for (const [index, { path, at }] of headers.entries()) {
    const end = headers[index + 1]?.at ?? text.length
    left += isOf(path, indexes) ? text.slice(commentsStart(text, at, end), end) : text.slice(at, end)
  }
  if (readsAs(left, kept.length === 0 ? others : { ...others, runners: kept })) return left
  const message = 'no runner can be cut from this form: remove it by hand'
  throw new RunnerConfigError(file, [{ path: 'runners', message, line: undefined }])
}

function isOf([name, index]: TomlPath, indexes: ReadonlySet<number>): boolean {
  return name === 'runners' && typeof index === 'number' && indexes.has(index)
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

/** The comments right above the next header belong to that. @returns `end` when there are none */
function commentsStart(text: string, from: number, end: number): number {
  if (end === text.length) return end
  let start = end
  while (start > from) {
    const line = lineStart(text, start - 1)
    if (!/^[ \t]*#/.test(text.slice(line, start))) return start
    start = line
  }
  return start
}
