import type * as z from 'zod'
import { completeProgram } from './complete-program.ts'
import { completeRunner } from './complete-runner.ts'
import { type ConfigMistake, RunnerConfigError } from './config-error.ts'
import type { Environment } from './expand-environment.ts'
import { keyWarnings } from './key-warnings.ts'
import { parseToml } from './parse-toml.ts'
import { fileSchema } from './runner-schema.ts'
import type { RunnerFile } from './runner-settings.ts'
import type { TomlPath } from './toml-keys.ts'
import { tomlLines } from './toml-lines.ts'

export interface ReadRunnerFileOptions {
  /** As the user named it, for messages. */
  readonly file: string
  /** For runners that name no engine: DOCKER_HOST, else the usual socket. */
  readonly dockerHost: string
  /** Of the process: `url` and `token` may name variables. */
  readonly env: Environment
}

/**
 * Reads a config.toml as GitLab Runner writes it.
 * @throws RunnerConfigError with every mistake and its line
 */
export function readRunnerFile(text: string, options: ReadRunnerFileOptions): RunnerFile {
  const { file } = options
  const tree = parseToml(text, file)
  const lineOf = tomlLines(text)
  const read = fileSchema.safeParse(tree)
  if (!read.success) {
    const mistakes = read.error.issues.map((issue) => mistakeOf(issue, lineOf))
    throw new RunnerConfigError(
      file,
      mistakes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)),
    )
  }
  const runners = read.data.runners?.length ? read.data.runners : [{}]
  return {
    program: completeProgram(read.data),
    runners: runners.map((runner) => completeRunner(runner, options)),
    warnings: keyWarnings(tree, file, lineOf),
  }
}

function mistakeOf(issue: z.core.$ZodIssue, lineOf: (path: TomlPath) => number | undefined): ConfigMistake {
  const path = issue.path.filter((key) => typeof key !== 'symbol')
  return { path: formatTomlPath(path), message: issue.message, line: lineOf(path) }
}

/** `runners[0].docker.memory`. */
function formatTomlPath(path: TomlPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}
