import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { RunnerSettings } from '../../executor/config/runner-settings.ts'
import type { CliContext } from '../context.ts'
import { readConfig } from '../run/read-config.ts'
import { readNamedFile } from '../run/read-named-file.ts'

/** A runner that a server knows. */
export interface RegisteredSettings extends RunnerSettings {
  readonly url: string
  readonly token: string
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

function isRegistered(runner: RunnerSettings): runner is RegisteredSettings {
  return runner.url !== undefined && runner.token !== undefined
}
