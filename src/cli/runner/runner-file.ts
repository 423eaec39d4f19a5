import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import { fileErrorCode } from '../../file-error.ts'
import type { CliContext } from '../context.ts'
import { FileUnreadable } from '../run/file-unreadable.ts'
import { readConfig } from '../run/read-config.ts'
import { readNamedFile } from '../run/read-named-file.ts'

/** A runner that a server knows. */
export interface RegisteredSettings extends RunnerSettings {
  readonly url: string
  readonly token: string
}

/** Chooses among the runners of a config.toml. What is absent chooses all. */
export interface RunnerChoice {
  readonly name?: string
  readonly url?: string
  readonly token?: string
}

export function isChosen(runner: RegisteredSettings, { name, url, token }: RunnerChoice): boolean {
  return (
    (name === undefined || name === runner.name) &&
    (url === undefined || url === runner.url) &&
    (token === undefined || token === runner.token)
  )
}

export interface RegisteredRunners {
  /** Absolute. */
  readonly file: string
  /** Where it is, and what is kept beside it. */
  readonly directory: string
  readonly runners: readonly RegisteredSettings[]
}

/** Where GitLab Runner has its config.toml, too: of the system for root, of the user otherwise. */
export function runnerFilePath(config: string | undefined, { cwd, env }: CliContext, uid: number): string {
  const named = config || env.CONFIG_FILE
  if (named) return resolve(cwd, named)
  return uid === 0
    ? '/etc/gitlab-runner/config.toml'
    : join(env.HOME || homedir(), '.gitlab-runner', 'config.toml')
}

/**
 * The runners of a config.toml that have a server and a token.
 * @throws FileUnreadable, RunnerConfigError
 */
export async function readRegisteredRunners(
  config: string | undefined,
  context: CliContext,
): Promise<RegisteredRunners> {
  const file = runnerFilePath(config, context, process.getuid?.() ?? 0)
  const { runners } = readConfig(await readNamedFile(file, '--config says where it is'), file, context)
  return { file, directory: dirname(file), runners: runners.filter(isRegistered) }
}

export function isRegistered(runner: RunnerSettings): runner is RegisteredSettings {
  return runner.url !== undefined && runner.token !== undefined
}

/**
 * @returns undefined when it is not there
 * @throws FileUnreadable
 */
export async function findText(path: string): Promise<string | undefined> {
  try {
    return await readNamedFile(path)
  } catch (error) {
    const cause = error instanceof FileUnreadable ? error.cause : undefined
    if (fileErrorCode(cause) === 'ENOENT') return undefined
    throw error
  }
}
