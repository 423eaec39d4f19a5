import { CoordinatorError } from '../../runner/protocol/coordinator-error.ts'
import type { RunnerIdentity } from '../../runner/protocol/runner-identity.ts'
import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_REFUSED } from '../context.ts'
import { cutRunners } from './cut-runners.ts'
import { openServer } from './open-server.ts'
import { isChosen, type RegisteredSettings, type RunnerChoice, readRegisteredRunners } from './runner-file.ts'
import { runnerIdentity } from './runner-identity.ts'
import { RunnerRefused } from './runner-refused.ts'

export interface RunnerVerifyFlags extends RunnerChoice {
  readonly config?: string
  readonly delete?: boolean
}

interface Verified {
  readonly runner: RegisteredSettings
  /** Of the token, as the server has it. Absent: it does not expire, or the server does not say. */
  readonly expiresAt?: number | undefined
  /** Absent: the server knows it. */
  readonly problem: string | undefined
  /** The server does not know it, as opposed to: it could not be asked. */
  readonly isGone: boolean
}

/**
 * Asks the servers whether they know the runners of a config.toml, and cuts those out that they do not, when that is
 * wanted.
 * @returns the exit code
 * @throws FileUnreadable, RunnerConfigError
 */
export async function verifyRunners(flags: RunnerVerifyFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context
  const { file, directory, runners } = await readRegisteredRunners(flags.config, context)
  const chosen = runners.filter((runner) => isChosen(runner, flags))
  if (chosen.length === 0) {
    const isAny = flags.name === undefined && flags.url === undefined && flags.token === undefined
    const which = isAny ? 'with a url and a token' : 'like that'
    stderr.write(`entrepot: there is no runner ${which} in ${file}\n`)
    return EXIT_REFUSED
  }
  const identity = await runnerIdentity(directory)
  const all = await Promise.all(chosen.map((runner) => verify(runner, directory, identity, context)))
  for (const { runner, problem, expiresAt } of all) {
    const told = problem === undefined ? validUntil(expiresAt) : printable(problem)
    stdout.write(`${printable(runner.name)}: ${told}\n`)
  }
  const cut = all.filter(({ isGone }) => flags.delete && isGone)
  await cutRunners(
    file,
    cut.map(({ runner }) => runner),
    context,
  )
  return all.every((one) => one.problem === undefined || cut.includes(one)) ? EXIT_OK : EXIT_FAILED
}

async function verify(
  runner: RegisteredSettings,
  directory: string,
  identity: RunnerIdentity,
  context: CliContext,
): Promise<Verified> {
  const { url, token, tls } = runner
  try {
    const { registration, close } = await openServer({ url, tls, directory, identity }, context)
    try {
      const { expiresAt } = await registration.verify(token)
      return { runner, expiresAt, problem: undefined, isGone: false }
    } finally {
      await close()
    }
  } catch (error) {
    if (error instanceof RunnerRefused) return { runner, problem: error.message, isGone: false }
    if (!(error instanceof CoordinatorError)) throw error
    return { runner, ...readProblem(error) }
  }
}

function validUntil(expiresAt: number | undefined): string {
  return expiresAt === undefined
    ? 'is valid'
    : `is valid; its token expires at ${new Date(expiresAt).toISOString()}`
}

function readProblem({ status, message }: CoordinatorError): Omit<Verified, 'runner'> {
  if (status === 401 || status === 403) {
    return { problem: `is not valid: the server does not know its token (${status})`, isGone: true }
  }
  if (status === 422) {
    return { problem: 'is not valid: what it was for is gone from the server (422)', isGone: true }
  }
  return { problem: `could not be verified: ${message}`, isGone: false }
}
