import { Command, Option } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { FlagKind, RegisterFlag } from '../runner/register/register-flag.ts'
import { REGISTER_FLAGS } from '../runner/register/register-flags.ts'

const VALUES: Readonly<Record<FlagKind, string>> = {
  text: '<text>',
  integer: '<number>',
  flag: '[true|false]',
  texts: '<text>',
  list: '<text>',
  table: '<key=value>',
  flags: '<key:true>',
}

export function runnerRegisterCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('register')
    .description('make a runner known to its server, and write it into config.toml')
    .addHelpText('after', EXPLANATION)
  const options = new Map<RegisterFlag, Option>()
  for (const { heading, flags } of REGISTER_FLAGS) {
    for (const flag of flags) options.set(flag, optionFor(flag).helpGroup(heading))
  }
  for (const option of options.values()) command.addOption(option)
  return command.action((said: Readonly<Record<string, unknown>>) =>
    run(async () => {
      const { registerRunner } = await import('../runner/register/register-runner.ts')
      return registerRunner((flag) => writtenFor(options.get(flag), said), context)
    }),
  )
}

function optionFor({ name, kind, env, summary }: RegisterFlag): Option {
  const description = env === undefined ? summary : `${summary} [$${env}]`
  const option = new Option(`${name} ${VALUES[kind]}`, description)
  return kind === 'flag'
    ? option
    : option.argParser((value: string, previous: readonly string[] = []) => [...previous, value])
}

function writtenFor(
  option: Option | undefined,
  said: Readonly<Record<string, unknown>>,
): readonly (string | true)[] {
  const value = option === undefined ? undefined : said[option.attributeName()]
  if (Array.isArray(value)) return value.map(String)
  return value === undefined ? [] : [value === true ? true : String(value)]
}

const EXPLANATION = `
Names and variables are GitLab Runner's, and so are the questions: without -n what
was not said is asked for. A flag wins over its variable, a variable over the
template. Lists are flags that are repeated.

With a token of a runner that was made on the server (glrt-) the server keeps tags
and the like. When the registration fails, the runner is deleted there again.
What stands in config.toml stays as it was written; the runner is added at its end.

Exit codes: 0 it is registered, 1 the server did not take it, 2 wrong use.

Example:
  entrepot runner register -n --url https://gitlab.example --token glrt-TOKEN \\
    --executor docker --docker-image alpine:3
`
