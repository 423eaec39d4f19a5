import { stringify } from 'smol-toml'
import { RunnerConfigError } from './config-error.ts'
import { parseToml, type TomlTable } from './parse-toml.ts'
import { readsAs } from './reads-as.ts'

/** What a new config.toml begins with. */
const NEW_FILE = 'concurrent = 1\n'

/**
 * A config.toml with one runner more, at its end. What stands there already stays as it was written.
 * @param text of the file; undefined when there is none
 * @param file as the user named it, for messages
 * @param runner the keys of a `[[runners]]`
 * @throws RunnerConfigError when the text is no TOML, or has its runners in a form that nothing can be added to
 */
export function appendRunner(text: string | undefined, file: string, runner: TomlTable): string {
  const before = text ?? NEW_FILE
  const { runners = [], ...others } = parseToml(before, file)
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  const appended = `${before}${gap}${renderRunner(runner)}`
  if (Array.isArray(runners) && readsAs(appended, { ...others, runners: [...runners, runner] })) {
    return appended
  }
  const message = 'no runner can be added to this form: write each that is there as [[runners]]'
  throw new RunnerConfigError(file, [{ path: 'runners', message, line: undefined }])
}

/** Indented as GitLab Runner does it. */
export function renderRunner(runner: TomlTable): string {
  let depth = 0
  const lines = stringify({ runners: [runner] })
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const header = /^\[+([^\]]+)\]+$/.exec(line)?.[1]
      if (header !== undefined) depth = header.split('.').length
      return `${'  '.repeat(header === undefined ? depth : depth - 1)}${line}`
    })
  return `${lines.join('\n')}\n`
}
