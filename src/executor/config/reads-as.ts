import { isDeepStrictEqual } from 'node:util'
import { RunnerConfigError } from './config-error.ts'
import { parseToml, type TomlTable } from './parse-toml.ts'

/** Whether a text that was cut or added to says exactly this. */
export function readsAs(text: string, wanted: TomlTable): boolean {
  try {
    return isDeepStrictEqual(plain(parseToml(text, '')), plain(wanted))
  } catch (error) {
    if (error instanceof RunnerConfigError) return false
    throw error
  }
}

/** Without prototypes, and with times as texts. */
function plain(value: TomlTable): unknown {
  return JSON.parse(JSON.stringify(value))
}
