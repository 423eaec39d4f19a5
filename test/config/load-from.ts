import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CommandLineSettings } from '../../src/config/flags.ts'
import { type LoadedSettings, loadSettings } from '../../src/config/load.ts'
import { SettingsError } from '../../src/config/settings-error.ts'

export interface Given {
  /** Content of entrepot.yaml. */
  readonly yaml?: string
  /** Other files, by path in the working directory. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly argv?: CommandLineSettings
  readonly isTerminal?: boolean
}

export interface LoadedFrom extends LoadedSettings {
  readonly cwd: string
}

/** Loads settings in a fresh working directory, which is gone when the test ends. */
export async function loadFrom(given: Given): Promise<LoadedFrom> {
  const cwd = await mkdtemp(join(tmpdir(), 'entrepot-config-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  const yaml = given.yaml === undefined ? {} : { 'entrepot.yaml': given.yaml }
  for (const [path, content] of Object.entries({ ...yaml, ...given.files })) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), content)
  }
  const { argv = {}, env = {}, isTerminal = false } = given
  return { ...(await loadSettings({ argv, env, cwd, isTerminal })), cwd }
}

/** The refusal that the given settings meet. */
export async function refusalOf(given: Given): Promise<SettingsError> {
  try {
    await loadFrom(given)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('the settings were accepted')
}
