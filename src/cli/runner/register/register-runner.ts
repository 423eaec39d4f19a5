import { access, constants, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { appendRunner, renderRunner } from '../../../executor/config/append-runner.ts'
import { isTable, parseToml, type TomlTable } from '../../../executor/config/parse-toml.ts'
import { readRunnerFile } from '../../../executor/config/read-runner-file.ts'
import { readTemplate } from '../../../executor/config/read-template.ts'
import type { Registration } from '../../../runner/protocol/registration.ts'
import { type CliContext, EXIT_OK } from '../../context.ts'
import { readNamedFile } from '../../run/read-named-file.ts'
import { CommandStopped, StopRequest } from '../../stop-request.ts'
import { openServer } from '../open-server.ts'
import { replaceRunnerFile } from '../replace-runner-file.ts'
import { findText, runnerFilePath } from '../runner-file.ts'
import { runnerIdentity } from '../runner-identity.ts'
import { RunnerRefused } from '../runner-refused.ts'
import { type GivenFlags, readGiven } from './given-flags.ts'
import { joinServer } from './join-server.ts'
import { Questions } from './questions.ts'
import type { RegisterFlag } from './register-flag.ts'
import { completeTable, demandSupported, draftRunner } from './runner-table.ts'
import { readAccessLevel, textOf } from './server-order.ts'

/** What was written for a flag on the command line. */
export type Written = (flag: RegisterFlag) => readonly (string | true)[]

interface Draft {
  readonly given: GivenFlags
  /** Absolute. */
  readonly file: string
  readonly runner: TomlTable
}

/**
 * Makes a runner known to its server, and writes it into config.toml. When that fails, or is stopped, the server
 * forgets it again.
 * @returns the exit code
 * @throws RunnerRefused, RunnerConfigError, FileUnreadable, RegistrationFailed
 */
export async function registerRunner(written: Written, context: CliContext): Promise<number> {
  const { signals, exit } = context
  using stop = new StopRequest(signals, exit)
  const stopped = new AbortController()
  stop.requested.then((signal) => stopped.abort(new CommandStopped(signal)))
  const draft = await draftFrom(readGiven(written, context.env), context)
  const isInteractive = draft.given.get('non-interactive') !== true
  await using questions = new Questions(context, isInteractive, stopped.signal)
  try {
    await register(draft, questions, stopped.signal, context)
    return EXIT_OK
  } catch (error) {
    if (!(error instanceof CommandStopped)) throw error
    context.stderr.write(`entrepot: ${error.message}\n`)
    return error.exitCode
  }
}

/** Everything that can be wrong without a server is found before one is asked. */
async function draftFrom(given: GivenFlags, context: CliContext): Promise<Draft> {
  const { cwd, env, stderr } = context
  readAccessLevel(given)
  const file = runnerFilePath(textOf(given, 'config'), context, process.getuid?.() ?? 0)
  const templateFile = textOf(given, 'template-config')
  if (templateFile !== '') stderr.write(`Merging configuration from template file "${templateFile}"\n`)
  const template =
    templateFile === '' ? {} : readTemplate(await readNamedFile(resolve(cwd, templateFile)), templateFile)
  const runner = draftRunner(given, template)
  if (textOfKey(runner, 'executor') !== '') demandSupported(textOfKey(runner, 'executor'))
  const checked = readRunnerFile(renderRunner(runner), { file: 'the new runner', dockerHost: '', env })
  for (const warning of checked.warnings) stderr.write(`entrepot: ${warning}\n`)
  appendRunner(await findText(file), file, runner)
  return { given, file, runner }
}

async function register(
  draft: Draft,
  questions: Questions,
  stopped: AbortSignal,
  context: CliContext,
): Promise<void> {
  const { given, file, runner } = draft
  const { stderr, clock } = context
  if (given.get('non-interactive') === true) await answerAll(draft, questions)
  const url = await questions.ask(urlQuestion(draft))
  const text = await findText(file)
  const directory = dirname(file)
  const tls = {
    caFile: textOfKey(runner, 'tls-ca-file') || undefined,
    certFile: textOfKey(runner, 'tls-cert-file') || undefined,
    keyFile: textOfKey(runner, 'tls-key-file') || undefined,
  }
  await makeDirectory(directory)
  const identity = await runnerIdentity(directory)
  const { registration, close } = await openServer({ url, tls, directory, identity }, context)
  let joinedToken: string | undefined
  try {
    const joined = await joinServer(
      {
        given,
        defaultName: textOfKey(runner, 'name') || hostname(),
        registration,
        questions,
        isKnown: (token) => tokensIn(text, file).includes(token),
        stderr,
      },
      (token) => {
        joinedToken = token
      },
    )
    stopped.throwIfAborted()
    await askExecutor(draft, questions, stderr)
    const image = await questions.ask(imageQuestion(draft))
    stopped.throwIfAborted()
    const table = completeTable(runner, { ...joined, url, obtainedAt: clock.now(), image })
    // Read once more: somebody may have written to it while questions were answered.
    const complete = appendRunner(await findText(file), file, table)
    await replaceRunnerFile(file, complete)
    tellDone(complete, file, runner, stderr)
  } catch (error) {
    if (joinedToken !== undefined && given.get('leave-runner') !== true) {
      await forget(registration, joinedToken, stderr)
    }
    throw error
  } finally {
    await close()
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.W_OK)
  } catch (error) {
    const user = process.getuid?.() ?? 'this user'
    const message = `${path}, the folder of config.toml, cannot be written by user ${user}`
    throw new RunnerRefused(`${message}: give it to that user, or pass another with --config`, {
      cause: error,
    })
  }
}

/** Before a server is asked: none of them is a question then. */
async function answerAll(draft: Draft, questions: Questions): Promise<void> {
  await questions.ask(urlQuestion(draft))
  const token = textOf(draft.given, 'token') || textOf(draft.given, 'registration-token')
  await questions.ask({ flag: 'token', prompt: '', given: token })
  await questions.ask(executorQuestion(draft))
  await questions.ask(imageQuestion(draft))
}

function urlQuestion({ runner }: Draft) {
  const prompt = 'Enter the GitLab instance URL (for example, https://gitlab.com/):'
  return { flag: 'url', prompt, given: textOfKey(runner, 'url') }
}

function executorQuestion({ runner }: Draft) {
  return { flag: 'executor', prompt: 'Enter an executor: docker:', given: textOfKey(runner, 'executor') }
}

function imageQuestion({ runner: { docker } }: Draft) {
  const prompt = 'Enter the default Docker image (for example, ruby:3.3):'
  return { flag: 'docker-image', prompt, given: isTable(docker) ? textOfKey(docker, 'image') : '' }
}

async function askExecutor(draft: Draft, questions: Questions, stderr: CliContext['stderr']): Promise<void> {
  for (;;) {
    const executor = await questions.ask(executorQuestion(draft))
    try {
      demandSupported(executor)
      return
    } catch (error) {
      if (!(error instanceof Error)) throw error
      stderr.write(`${error.message}\n`)
    }
  }
}

async function forget(
  registration: Registration,
  token: string,
  stderr: CliContext['stderr'],
): Promise<void> {
  try {
    await registration.unregister(token)
    stderr.write('Unregistering runner from GitLab succeeded\n')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    stderr.write(`entrepot: the runner stays on the server, it could not be deleted again: ${why}\n`)
  }
}

function tellDone(text: string, file: string, runner: TomlTable, stderr: CliContext['stderr']): void {
  const concurrent = Number(parseToml(text, file).concurrent ?? 1)
  for (const [key, what] of [
    ['limit', 'runner job concurrency limit'],
    ['request_concurrency', 'runner request concurrency'],
  ] as const) {
    const value = Number(runner[key] ?? 0)
    if (value > concurrent) {
      stderr.write(
        `The specified ${what} (${value}) is larger than current global concurrency limit (${concurrent}). ` +
          'The global concurrent limit will not be increased and takes precedence.\n',
      )
    }
  }
  stderr.write(
    "Runner registered successfully. Feel free to start it, but if it's running already the config should be " +
      'automatically reloaded!\n' +
      `Configuration (with the authentication token) was saved in "${file}"\n`,
  )
}

function tokensIn(text: string | undefined, file: string): readonly unknown[] {
  const { runners } = parseToml(text ?? '', file)
  return Array.isArray(runners) ? runners.map((runner) => (isTable(runner) ? runner.token : undefined)) : []
}

function textOfKey(table: TomlTable, key: string): string {
  const value = table[key]
  return typeof value === 'string' ? value : ''
}
