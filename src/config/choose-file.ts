import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileErrorCode } from '../file-error.ts'
import { DEFAULT_CONFIG_FILE } from './defaults.ts'
import type { SettingsSource } from './settings-error.ts'

export interface ChosenFile {
  readonly path: string
  /** Who chose it, for when it cannot be read. */
  readonly chosenBy: { readonly name: string; readonly source: SettingsSource }
}

export interface FileChoice {
  readonly file: ChosenFile | undefined
  readonly warnings: readonly string[]
}

/** `--config`, else ENTREPOT_CONFIG, else entrepot.yaml in the working directory when it is there. */
export async function chooseFile(options: {
  flag: string | undefined
  variable: string | undefined
  cwd: string
}): Promise<FileChoice> {
  const { flag, variable, cwd } = options
  const chosen = (path: string, name: string, source: SettingsSource): FileChoice => {
    return { file: { path: resolve(cwd, path), chosenBy: { name, source } }, warnings: [] }
  }
  if (flag !== undefined) return chosen(flag, '--config', 'flag')
  if (variable) return chosen(variable, 'ENTREPOT_CONFIG', 'environment')
  if (await exists(resolve(cwd, DEFAULT_CONFIG_FILE))) return chosen(DEFAULT_CONFIG_FILE, '', 'file')
  const near = resolve(cwd, DEFAULT_CONFIG_FILE.replace(/yaml$/, 'yml'))
  if (!(await exists(near))) return { file: undefined, warnings: [] }
  return { file: undefined, warnings: [`${near} is not read: settings are in ${DEFAULT_CONFIG_FILE}`] }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    // A file that is there but closed to us must be refused later, not passed over.
    return fileErrorCode(error) !== 'ENOENT'
  }
}
