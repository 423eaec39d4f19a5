import { removeRunners } from '../../executor/config/remove-runners.ts'
import type { CliContext } from '../context.ts'
import { findRunners } from './find-runners.ts'
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
  const { text, indexes } = await findRunners(file, env, ({ url, token }) =>
    gone.some((runner) => runner.url === url && runner.token === token),
  )
  await replaceRunnerFile(file, removeRunners(text, file, indexes))
  stderr.write(`Updated ${file}\n`)
}
