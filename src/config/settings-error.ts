export type SettingsSource = 'file' | 'environment' | 'flag'

export interface SettingsMistake {
  /** The key in the file (`upstreams.docker.io.tagTtl`), the variable, or the flag. Empty: the whole file. */
  readonly path: string
  /** A sentence for a person. Never holds a password, nor a URL that may have one. */
  readonly message: string
  readonly source: SettingsSource
  /** From 1; known for what stands in the file. */
  readonly line?: number
  readonly column?: number
}

/** Everything that is wrong with the settings, in one refusal. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'SETTINGS_INVALID'
  readonly mistakes: readonly SettingsMistake[]

  /** @param file the settings file that was read, for the places in the message */
  constructor(mistakes: readonly SettingsMistake[], file: string | undefined) {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
    const lines = mistakes.map((mistake) => `  ${placeOf(mistake, file)}${mistake.message}`)
    super([`${count} in the settings:`, ...lines].join('\n'))
    this.mistakes = mistakes
  }
}

function placeOf(mistake: SettingsMistake, file: string | undefined): string {
  const { source, line, column, path } = mistake
  if (source !== 'file') return `${path}: `
  const position = line === undefined ? '' : `:${line}:${column ?? 1}`
  return path === '' ? `${file}${position}: ` : `${file}${position}: ${path}: `
}
