import { readRunnerFile } from '../../executor/config/read-runner-file.ts'
import type { RunnerFile } from '../../executor/config/runner-settings.ts'
import type { CliContext } from '../context.ts'

const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock'

/**
 * What a config.toml says. Warnings go to standard error.
 * @param file as the user named it
 * @throws RunnerConfigError
 */
export function readConfig(
  text: string,
  file: string,
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
): RunnerFile {
  const read = parseConfig(text, file, env)
  for (const warning of read.warnings) stderr.write(`entrepot: ${warning}\n`)
  return read
}

/**
 * What a config.toml says on this machine.
 * @param file as the user named it
 * @throws RunnerConfigError
 */
export function parseConfig(text: string, file: string, env: NodeJS.ProcessEnv): RunnerFile {
  return readRunnerFile(text, { file, dockerHost: env.DOCKER_HOST || DEFAULT_DOCKER_HOST, env })
}
