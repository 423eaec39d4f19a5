import { readRunnerFile } from '../../executor/config/read-runner-file.ts'
import type { CliContext } from '../context.ts'
import { readNamedFile } from '../run/read-named-file.ts'
import { isRegistered, type RegisteredSettings } from './runner-file.ts'

export interface FoundRunners {
  /** The whole file. */
  readonly text: string
  /** Of the runners in it, from 0. */
  readonly indexes: ReadonlySet<number>
}

/**
 * Where runners stand in a config.toml, as it is now: somebody may have written to it since it was read.
 * @param file absolute
 * @throws FileUnreadable, RunnerConfigError
 */
export async function findRunners(
  file: string,
  env: CliContext['env'],
  isMeant: (runner: RegisteredSettings) => boolean,
): Promise<FoundRunners> {
  const text = await readNamedFile(file)
  const { runners } = readRunnerFile(text, { file, dockerHost: '', env })
  const indexes = new Set<number>()
  for (const [index, runner] of runners.entries()) {
    if (isRegistered(runner) && isMeant(runner)) indexes.add(index)
  }
  return { text, indexes }
}
