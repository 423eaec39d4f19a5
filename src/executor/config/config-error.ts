export interface ConfigMistake {
  /** `runners[0].docker.memory`. Empty: the whole file. */
  readonly path: string
  /** A sentence. Never holds a token. */
  readonly message: string
  /** From 1. */
  readonly line: number | undefined
}

/** Everything that is wrong with a config.toml, in one refusal. */
export class RunnerConfigError extends Error {
  override readonly name = 'RunnerConfigError'
  readonly code = 'RUNNER_CONFIG_INVALID'
  readonly mistakes: readonly ConfigMistake[]

  /** @param file as the user named it */
  constructor(file: string, mistakes: readonly ConfigMistake[], cause?: unknown) {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
    const lines = mistakes.map((mistake) => `  ${placeOf(file, mistake)}${mistake.message}`)
    super(
      [`${count} in the runner's configuration:`, ...lines].join('\n'),
      cause === undefined ? undefined : { cause },
    )
    this.mistakes = mistakes
  }
}

export function placeOf(file: string, { line, path }: Pick<ConfigMistake, 'line' | 'path'>): string {
  const position = line === undefined ? `${file}: ` : `${file}:${line}: `
  return path === '' ? position : `${position}${path}: `
}
