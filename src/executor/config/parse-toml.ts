import { parse, TomlError } from 'smol-toml'
import { RunnerConfigError } from './config-error.ts'

/** A table of a TOML document. */
export type TomlTable = Readonly<Record<string, unknown>>

/** @throws RunnerConfigError with the line, and nothing of the text: a token may stand in it */
export function parseToml(text: string, file: string): TomlTable {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The rest of its message quotes the file.
    const [what = ''] = error.message.split('\n')
    const message = what.replace('Invalid TOML document: ', '')
    throw new RunnerConfigError(file, [{ path: '', message, line: error.line }])
  }
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
