import { CoordinatorError } from '../../runner/protocol/coordinator-error.ts'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK } from '../context.ts'
import { cutRunners } from './cut-runners.ts'
import { openServer } from './open-server.ts'
import { isChosen, type RegisteredSettings, type RunnerChoice, readRegisteredRunners } from './runner-file.ts'
import { runnerIdentity } from './runner-identity.ts'
import { RunnerRefused } from './runner-refused.ts'

export interface RunnerUnregisterFlags extends RunnerChoice {
  readonly config?: string
  readonly allRunners?: boolean
}

/**
 * Makes servers forget runners, and cuts those out of config.toml. What a server did not forget stays there.
 * @returns the exit code
 * @throws RunnerRefused, FileUnreadable, RunnerConfigError
 */
export async function unregisterRunners(flags: RunnerUnregisterFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context
  const { file, directory, runners } = await readRegisteredRunners(flags.config, context)
  const chosen = choose(runners, flags, file)
  const identity = await runnerIdentity(directory)
  const gone: RegisteredSettings[] = []
  for (const runner of chosen) {
    const problem = await forget(runner, directory, identity, context)
    if (problem === undefined) gone.push(runner)
    else
      stderr.write(`entrepot: ${printable(runner.name)} could not be unregistered: ${printable(problem)}\n`)
  }
  for (const { name } of gone)
    stdout.write(`${printable(name)}: Unregistering runner from GitLab succeeded\n`)
  await cutRunners(file, gone, context)
  return gone.length === chosen.length ? EXIT_OK : EXIT_FAILED
}

/** One at a time, unless all are meant: a server does not give back what it forgot. */
function choose(
  runners: readonly RegisteredSettings[],
  flags: RunnerUnregisterFlags,
  file: string,
): readonly RegisteredSettings[] {
  if (flags.allRunners) return runners
  if (flags.name === undefined && flags.token === undefined) {
    throw new RunnerRefused('at least one of --name or --token must be specified, or --all-runners')
  }
  const chosen = runners.filter((runner) => isChosen(runner, flags))
  if (chosen.length === 0) throw new RunnerRefused(`there is no runner like that in ${file}`)
  if (chosen.length > 1) {
    throw new RunnerRefused(`${chosen.length} runners are like that in ${file}: pass --url or --token, too`)
  }
  return chosen
}

/** @returns why it is not forgotten */
async function forget(
  { url, token, tls }: RegisteredSettings,
  directory: string,
  identity: RunnerIdentity,
  context: CliContext,
): Promise<string | undefined> {
  const { registration, close } = await openServer({ url, tls, directory, identity }, context)
  try {
    await registration.unregister(token)
    return undefined
  } catch (error) {
    if (error instanceof CoordinatorError) return error.message
    throw error
  } finally {
    await close()
  }
}
