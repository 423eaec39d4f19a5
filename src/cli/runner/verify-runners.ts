import { CoordinatorError } from '../../runner/protocol/coordinator-error.ts'
import { openCoordinator } from '../../runner/protocol/open-coordinator.ts'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_REFUSED } from '../context.ts'
import { type RegisteredSettings, readRegisteredRunners } from './runner-file.ts'
import { runnerIdentity } from './runner-identity.ts'

export interface RunnerVerifyFlags {
  readonly config?: string
  readonly name?: string
  readonly url?: string
}

interface Verified {
  readonly name: string
  /** Absent: the server knows it. */
  readonly problem: string | undefined
}

/** Asks the servers whether they know the runners of a config.toml. @returns the exit code */
export async function verifyRunners(flags: RunnerVerifyFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context
  const { file, directory, runners } = await readRegisteredRunners(flags.config, context)
  const chosen = runners.filter((runner) => isChosen(runner, flags))
  if (chosen.length === 0) {
    const which = flags.name === undefined && flags.url === undefined ? 'with a url and a token' : 'like that'
    stderr.write(`entrepot: there is no runner ${which} in ${file}\n`)
    return EXIT_REFUSED
  }
  const identity = await runnerIdentity(directory)
  const all = await Promise.all(chosen.map((runner) => verify(runner, identity, context)))
  for (const { name, problem } of all) {
    stdout.write(`${printable(name)}: ${problem === undefined ? 'is valid' : printable(problem)}\n`)
  }
  return all.every(({ problem }) => problem === undefined) ? EXIT_OK : EXIT_FAILED
}

function isChosen({ name, url }: RegisteredSettings, flags: RunnerVerifyFlags): boolean {
  return (flags.name === undefined || flags.name === name) && (flags.url === undefined || flags.url === url)
}

async function verify(
  { name, url, token }: RegisteredSettings,
  identity: RunnerIdentity,
  { clock }: CliContext,
): Promise<Verified> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return { name, problem: 'its url is none' }
  const coordinator = openCoordinator({ url, identity, clock })
  try {
    await coordinator.registration.verify(token)
    return { name, problem: undefined }
  } catch (error) {
    if (!(error instanceof CoordinatorError)) throw error
    return { name, problem: problemOf(error) }
  } finally {
    await coordinator.close()
  }
}

function problemOf({ status, message }: CoordinatorError): string {
  if (status === 401 || status === 403) return `is not valid: the server does not know its token (${status})`
  if (status === 422) return 'is not valid: what it was for is gone from the server (422)'
  return `could not be verified: ${message}`
}
