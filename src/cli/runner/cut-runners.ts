import { readRunnerFile } from '../../executor/config/read-runner-file.ts'
import { removeRunners } from '../../executor/config/remove-runners.ts'
import type { CliContext } from '../context.ts'
import { readNamedFile } from '../run/read-named-file.ts'
import { replaceRunnerFile } from './replace-runner-file.ts'
import type { RegisteredSettings } from './runner-file.ts'

/**
 * Cuts runners out of a config.toml, as it is now: somebody may have written to it while servers were asked.
 * @throws FileUnreadable, RunnerConfigError
 */
export async function cutRunners(
  file: string,
  gone: readonly RegisteredSettings[],
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
): Promise<void> {
  if (gone.length === 0) return
  const text = await readNamedFile(file)
  const { runners } = readRunnerFile(text, { file, dockerHost: '', env })
  const indexes = new Set<number>()
  for (const [index, { url, token }] of runners.entries()) {
    if (gone.some((runner) => runner.url === url && runner.token === token)) indexes.add(index)
  }
  await replaceRunnerFile(file, removeRunners(text, file, indexes))
  stderr.write(`Updated ${file}\n`)
}
