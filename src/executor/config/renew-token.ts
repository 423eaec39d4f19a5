import { RunnerConfigError } from './config-error.ts'
import { isTable, parseToml, type TomlTable } from './parse-toml.ts'
import { readsAs } from './reads-as.ts'
import { type TomlKey, tomlKeys } from './toml-keys.ts'

/** What a server said of a token. Wall times in milliseconds since the epoch, written to the second. */
export interface TokenRecord {
  /** Secret. */
  readonly token: string
  readonly obtainedAt: number
  /** Absent: it does not expire. */
  readonly expiresAt: number | undefined
}

/** How GitLab Runner writes that a token does not expire. */
const NEVER = '0001-01-01T00:00:00Z'

/**
 * A config.toml with another token for some of its runners. Everything else stays as it was written.
 * @param file as the user named it, for messages
 * @param indexes of runners, from 0
 * @throws RunnerConfigError when the text is no TOML, or has its runners in a form that no token can be written into
 */
export function renewToken(
  text: string,
  file: string,
  indexes: ReadonlySet<number>,
  { token, obtainedAt, expiresAt }: TokenRecord,
): string {
  const { runners, ...others } = parseToml(text, file)
  const values = {
    token: JSON.stringify(token),
    token_obtained_at: written(obtainedAt),
    token_expires_at: expiresAt === undefined ? NEVER : written(expiresAt),
  }
  const keys = tomlKeys(text)
  const edits = [...indexes].flatMap((index) => editsFor(text, keys, index, values))
  let renewed = text
  // From the end: what stands before an edit stays where it was.
  for (const { start, end, text: put } of edits.sort((one, other) => other.start - one.start)) {
    renewed = renewed.slice(0, start) + put + renewed.slice(end)
  }
  const wanted = {
    token,
    token_obtained_at: new Date(values.token_obtained_at),
    token_expires_at: new Date(values.token_expires_at),
  }
  const changed = Array.isArray(runners)
    ? runners.map((runner: TomlTable, index) => (indexes.has(index) ? { ...runner, ...wanted } : runner))
    : []
  if (changed.every(isTable) && readsAs(renewed, { ...others, runners: changed })) return renewed
  const message =
    'no token can be written into this form: write each runner as [[runners]], with a line for token'
  throw new RunnerConfigError(file, [{ path: 'runners', message, line: undefined }])
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Keys that are there get another value, those that are not a line below that of the token. */
function editsFor(
  text: string,
  keys: readonly TomlKey[],
  index: number,
  values: Readonly<Record<string, string>>,
): readonly Edit[] {
  const find = (name: string) =>
    keys.find(({ path, value }) => value !== undefined && path.join('\n') === `runners\n${index}\n${name}`)
  const token = find('token')
  if (token?.value === undefined) return []
  const lineStart = text.lastIndexOf('\n', token.offset - 1) + 1
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? ''
  const newline = text.indexOf('\n', token.value.end)
  const lineEnd = newline === -1 ? text.length : newline
  const at = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
  const gap = text.slice(at, lineEnd + 1) || '\n'
  const edits: Edit[] = []
  let added = ''
  for (const [name, value] of Object.entries(values)) {
    const found = find(name)?.value
    if (found === undefined) added += `${gap}${indent}${name} = ${value}`
    else edits.push({ ...found, text: value })
  }
  return added === '' ? edits : [...edits, { start: at, end: at, text: added }]
}

function written(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
