import { type OriginVariable, variable } from './origin-variable.ts'

/** GitLab refuses more than this of a dotenv report. */
const MAX_BYTES = 5 * 1024
const MAX_VARIABLES = 20

export interface DotenvVariables {
  /** Of several with one name the last counts. */
  readonly variables: readonly OriginVariable[]
  /** What GitLab would not take, as sentences for a person. */
  readonly warnings: readonly string[]
}

/**
 * Reads `artifacts:reports:dotenv`: everything around the first `=` without the space at its ends. Quotes stay, and
 * there are neither comments nor empty lines.
 * @param name of the file, for the warnings, which never quote a line: it may hold a secret
 */
export function readDotenv(name: string, text: string): DotenvVariables {
  const values = new Map<string, string>()
  const warnings: string[] = []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const [index, line] of lines.entries()) {
    const [, key, value] = /^(.*?)=(.*)$/.exec(line.trim()) ?? []
    if (key === undefined || value === undefined) {
      warnings.push(`${name}:${index + 1}: GitLab refuses a line that is not NAME=value, also an empty one`)
    } else if (!/^\w+$/.test(key.trim())) {
      warnings.push(`${name}:${index + 1}: a name has letters, digits and _ only`)
    } else {
      values.set(key.trim(), value.trim())
    }
  }
  if (Buffer.byteLength(text) > MAX_BYTES) warnings.push(`${name}: GitLab takes at most ${MAX_BYTES} bytes`)
  if (values.size > MAX_VARIABLES) {
    warnings.push(
      `${name}: GitLab takes at most ${MAX_VARIABLES} variables unless its administrator allows more`,
    )
  }
  return { variables: [...values].map(([key, value]) => variable('dotenv', key, value)), warnings }
}
