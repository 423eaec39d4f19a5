import { dirname, resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { SettingsError } from '../config/settings-error.ts'
import { RunnerConfigError } from '../executor/config/config-error.ts'
import { JobInvalid } from '../executor/job/job-invalid.ts'
import { GitError } from '../pipeline/git/git.ts'
import { StateUnusable } from '../pipeline/run/state-root.ts'
import { VariableInvalid } from '../pipeline/variables/given-variables.ts'
import { ControlError } from '../server/control/errors.ts'
import { StorageInUseError } from '../store/errors.ts'
import { version } from '../version.ts'
import { authCommand } from './commands/auth.ts'
import { cacheCommand } from './commands/cache.ts'
import { ciVariablesCommand } from './commands/ci-variables.ts'
import { cleanupCommand } from './commands/cleanup.ts'
import { connectCommand } from './commands/connect.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { groupCommand } from './commands/group.ts'
import { jobCredentialCommand } from './commands/job-credential.ts'
import { keyCommand } from './commands/key.ts'
import { planCommand } from './commands/plan.ts'
import { runCommand } from './commands/run.ts'
import { runnerAliases, runnerCommand } from './commands/runner.ts'
import { serveCommand } from './commands/serve.ts'
import { startCommand } from './commands/start.ts'
import { statsCommand } from './commands/stats.ts'
import { tokenCommand } from './commands/token.ts'
import { upstreamsCommand } from './commands/upstreams.ts'
import { varsCommand } from './commands/vars.ts'
import { printVersion, versionCommand } from './commands/version.ts'
import { whyCommand } from './commands/why.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_REFUSED } from './context.ts'
import { RunnerNotChosen } from './run/choose-runner.ts'
import { FileUnreadable } from './run/file-unreadable.ts'
import { FileUnwritable } from './run/file-unwritable.ts'
import { PipelineRefused } from './run/pipeline-refused.ts'
import { ProjectRefused } from './run/project-refused.ts'
import { RunnerRefused } from './runner/runner-refused.ts'
import type { StartServer } from './serve-until-stopped.ts'

/**
 * Runs one command line.
 * @param args without the interpreter and the program
 * @param loadServer called only when a server is wanted: help and version stay quick
 * @returns the exit code
 */
export async function runProgram(
  args: readonly string[],
  context: CliContext,
  loadServer: () => Promise<StartServer>,
): Promise<number> {
  let exitCode = EXIT_OK
  const program = buildProgram(context)
  program.addCommand(
    serveCommand(async (flags, { idleExitMs, isHeld }) => {
      if (isHeld) {
        const { serveWhileHeld } = await import('./start/serve-while-held.ts')
        exitCode = await serveWhileHeld(flags, context, await loadServer())
        return
      }
      const { serveUntilStopped } = await import('./serve-until-stopped.ts')
      exitCode = await serveUntilStopped(flags, context, await loadServer(), { idleExitMs })
    }),
  )
  const run = async (work: () => Promise<number>): Promise<void> => {
    exitCode = await work()
  }
  program.addCommand(startCommand(context, run))
  program.addCommand(demoCommand(context, run, loadServer))
  program.addCommand(connectCommand(context, run))
  program.addCommand(doctorCommand(context, run))
  program.addCommand(cacheCommand(context, run))
  program.addCommand(runCommand(context, run))
  program.addCommand(planCommand(context, run))
  program.addCommand(whyCommand(context, run))
  program.addCommand(varsCommand(context, run))
  program.addCommand(cleanupCommand(context, run))
  program.addCommand(runnerCommand(context, run))
  for (const alias of runnerAliases(context, run)) program.addCommand(alias, { hidden: true })
  program.addCommand(upstreamsCommand(context, run))
  program.addCommand(statsCommand(context, run))
  program.addCommand(groupCommand(context, run))
  program.addCommand(tokenCommand(context, run))
  program.addCommand(ciVariablesCommand(context, run))
  program.addCommand(jobCredentialCommand(context, run))
  program.addCommand(keyCommand(context, run))
  program.addCommand(authCommand(context, run))
  program.addCommand(versionCommand((flags) => printVersion(flags, context.stdout)))
  inheritSettings(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return exitCodeFor(error, context)
  }
}

function buildProgram({ self, stdout, stderr }: CliContext): Command {
  return new Command('entrepot')
    .description('A pull-through registry cache for teams that run CI on Docker.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help, also for a command')
    .helpCommand(false)
    .addHelpText('after', () => documentation(self.at(-1) ?? ''))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'entrepot: ')),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
}

/** Only commands that are made by their parent inherit by themselves. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent)
    inheritSettings(command)
  }
}

function documentation(program: string): string {
  const readme = resolve(dirname(program), '../../README.md')
  return `
Examples:
  entrepot serve
  docker pull 127.0.0.1:5000/default/dependency_proxy/containers/library/alpine:3

Documentation: ${readme}
`
}

/** What the user can mend: flags, settings, files. */
const REFUSALS = [
  SettingsError,
  StorageInUseError,
  RunnerConfigError,
  RunnerNotChosen,
  JobInvalid,
  FileUnreadable,
  GitError,
  PipelineRefused,
  ProjectRefused,
  StateUnusable,
  VariableInvalid,
  FileUnwritable,
  RunnerRefused,
]

function exitCodeFor(error: unknown, { stderr }: CliContext): number {
  // It has said what it had to say.
  if (error instanceof CommanderError) return error.exitCode === EXIT_OK ? EXIT_OK : EXIT_REFUSED
  stderr.write(`entrepot: ${sentenceOf(error)}\n`)
  if (error instanceof ControlError) return error.code === 'invalid' ? EXIT_REFUSED : EXIT_FAILED
  return REFUSALS.some((refusal) => error instanceof refusal) ? EXIT_REFUSED : EXIT_FAILED
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause, message } = error
  // What was translated at a boundary says the same once more.
  return cause instanceof Error && cause.message !== message ? `${message}: ${sentenceOf(cause)}` : message
}
