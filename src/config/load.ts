import { dirname } from 'node:path'
import { checkLayer } from './check.ts'
import { type ChosenFile, chooseFile } from './choose-file.ts'
import { completeSettings } from './complete.ts'
import { BUILT_IN_UPSTREAMS } from './defaults.ts'
import { readEnvironment } from './environment.ts'
import { readSettingsFile, type SettingsFile } from './file.ts'
import { type CommandLineSettings, readFlags } from './flags.ts'
import { readProxies } from './proxy.ts'
import type { Settings } from './settings.ts'
import { SettingsError, type SettingsMistake, type SettingsSource } from './settings-error.ts'
import { TextFileError } from './text-file.ts'

export interface SettingsInput {
  readonly argv: CommandLineSettings
  readonly env: NodeJS.ProcessEnv
  /** Where relative paths of flags and variables start, and where entrepot.yaml is looked for. */
  readonly cwd: string
  /** Whether logs go to a person: decides the default log format. */
  readonly isTerminal: boolean
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Path of the file that was read. */
  readonly source: string | undefined
  /** Whether somebody said where the storage is. */
  readonly isStorageChosen: boolean
  readonly warnings: readonly string[]
}

/**
 * Flags over environment over file over defaults. Reads the settings file and the files that it names, and
 * nothing else.
 * @throws SettingsError with everything that is wrong
 */
export async function loadSettings(input: SettingsInput): Promise<LoadedSettings> {
  const { argv, env, cwd, isTerminal } = input
  const choice = await chooseFile({ flag: argv.config, variable: env.ENTREPOT_CONFIG, cwd })
  const path = choice.file?.path
  const read = choice.file === undefined ? EMPTY_FILE : await openFile(choice.file)
  const file = checkLayer({ source: 'file', tree: read.tree, locate: read.locate })
  const typed = readFlags(argv)
  const flags = checkLayer(typed.layer, typed.mistakes)
  const named = [file, flags].flatMap(({ draft }) => [...(draft.upstreams?.keys() ?? [])])
  const given = readEnvironment(env, new Set([...BUILT_IN_UPSTREAMS.keys(), ...named]))
  const environment = checkLayer(given.layer, given.mistakes)
  const { proxy, mistakes: proxyMistakes } = readProxies(env)
  const layers = [
    { ...file, directory: path === undefined ? cwd : dirname(path) },
    { ...environment, directory: cwd },
    { ...flags, directory: cwd },
  ]
  const early = [...read.mistakes, ...proxyMistakes, ...layers.flatMap(({ mistakes }) => mistakes)]
  // Without the file, the rest seems to lack things that it has.
  if (read.mistakes.length > 0) throw new SettingsError(inOrder(early), path)
  const completed = await completeSettings({ layers, passwords: given.passwords, proxy, cwd, isTerminal })
  const mistakes = [...early, ...completed.mistakes]
  if (mistakes.length > 0) throw new SettingsError(inOrder(mistakes), path)
  return {
    settings: completed.settings,
    source: path,
    isStorageChosen: layers.some(({ draft }) => draft.storage?.path !== undefined),
    warnings: [...choice.warnings, ...given.warnings, ...completed.warnings],
  }
}

const EMPTY_FILE: SettingsFile = { tree: undefined, mistakes: [], locate: () => undefined }

async function openFile({ path, chosenBy }: ChosenFile): Promise<SettingsFile> {
  try {
    return await readSettingsFile(path)
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error
    const { name, source } = chosenBy
    return { ...EMPTY_FILE, mistakes: [{ path: name, message: error.message, source }] }
  }
}

const SOURCE_ORDER: readonly SettingsSource[] = ['file', 'environment', 'flag']

function inOrder(mistakes: readonly SettingsMistake[]): SettingsMistake[] {
  const rank = ({ source }: SettingsMistake) => SOURCE_ORDER.indexOf(source)
  return mistakes
    .map(({ path, message, source, line, column }) => {
      return {
        path,
        message,
        source,
        ...(line !== undefined && { line }),
        ...(column !== undefined && { column }),
      }
    })
    .sort((one, other) => {
      return (
        rank(one) - rank(other) ||
        (one.line ?? 0) - (other.line ?? 0) ||
        (one.column ?? 0) - (other.column ?? 0)
      )
    })
}
