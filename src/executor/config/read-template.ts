import { RunnerConfigError } from './config-error.ts'
import { isTable, parseToml, type TomlTable } from './parse-toml.ts'

/**
 * The one `[[runners]]` of a template for registrations. A token in it counts for nothing.
 * @param file as the user named it, for messages
 * @throws RunnerConfigError when it is no TOML, or has not exactly one
 */
export function readTemplate(text: string, file: string): TomlTable {
  const { runners } = parseToml(text, file)
  const [runner, ...more] = Array.isArray(runners) ? (runners as unknown[]) : []
  if (!isTable(runner) || more.length > 0) {
    const message = 'configuration template must contain exactly one [[runners]] entry'
    throw new RunnerConfigError(file, [{ path: '', message, line: undefined }])
  }
  const { token: _, ...rest } = runner
  return rest
}

/** Fills what is empty from a template. Tables are filled key by key, lists are taken whole. */
export function fillFrom(template: TomlTable, runner: TomlTable): TomlTable {
  const filled: Record<string, unknown> = { ...runner }
  for (const [key, value] of Object.entries(template)) {
    const own = runner[key]
    if (isTable(own) && isTable(value)) filled[key] = fillFrom(value, own)
    else if (isEmpty(own)) filled[key] = value
  }
  return filled
}

/** A `false` that somebody said is not empty. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === undefined || value === '' || value === 0
}
