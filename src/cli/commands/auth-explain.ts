import { Command } from 'commander'
import type { CredentialExplanation, ExplainedCredential } from '../../executor/auth/explain.ts'
import { isImageName } from '../../executor/images/wanted-image.ts'
import { printable } from '../../server/printable.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, EXIT_REFUSED, type RunCommand } from '../context.ts'
import { type Palette, paletteFor } from '../palette.ts'

interface AuthExplainFlags {
  readonly json?: boolean
}

export function authExplainCommand(context: CliContext, run: RunCommand): Command {
  return new Command('explain')
    .description('say which login an image is pulled with, and why no other')
    .argument('<image>', 'as in a pipeline file: registry.example.com:5000/team/app:1.2')
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action((image: string, flags: AuthExplainFlags) => run(() => explain(image, flags, context)))
}

const EXPLANATION = `
Reads what a job of this user would read: DOCKER_AUTH_CONFIG in the environment,
then ~/.docker/config.json or ~/.dockercfg. Helper programs are run; no registry
is asked, and no password is printed.

Exit codes: 0 explained, 1 a source cannot be used, 2 wrong use.
`

async function explain(image: string, flags: AuthExplainFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env } = context
  if (!isImageName(image)) {
    stderr.write(`entrepot: "${printable(image)}" is no name of an image, such as ghcr.io/acme/app:1.2\n`)
    return EXIT_REFUSED
  }
  const { gatherCredentials } = await import('../../executor/auth/gather-credentials.ts')
  const { explainCredential } = await import('../../executor/auth/explain.ts')
  const { entries, warnings } = await gatherCredentials({
    authConfig: env.DOCKER_AUTH_CONFIG,
    homeDirectory: env.HOME,
    payload: [],
    helpers: { env },
  })
  const explanation = explainCredential(entries, image)
  const paint = paletteFor(stdout, env)
  if (flags.json) stdout.write(`${JSON.stringify(toJson(explanation, warnings))}\n`)
  else stdout.write(`${render(explanation, paint).join('\n')}\n`)
  for (const warning of warnings) stderr.write(`entrepot: ${printable(warning)}\n`)
  return warnings.length === 0 ? EXIT_OK : EXIT_FAILED
}

function toJson({ image, path, chosen, others }: CredentialExplanation, warnings: readonly string[]): object {
  return {
    image,
    path,
    chosen: chosen === undefined ? null : credentialJson(chosen),
    others: others.map((other) => ({ ...credentialJson(other), reason: other.reason })),
    warnings,
  }
}

function credentialJson({ key, source, username, kind }: ExplainedCredential): object {
  return { key, source, username: username ?? null, kind }
}

function render({ image, path, chosen, others }: CredentialExplanation, paint: Palette): string[] {
  const login =
    chosen === undefined
      ? paint.yellow('pulled as nobody: no login covers it')
      : paint.green(`pulled ${nameOf(chosen)}`)
  return [
    `${printable(image)} is compared as ${printable(path)}`,
    login,
    ...others.map((other) => `not ${nameOf(other)}: ${printable(other.reason)}`),
  ]
}

function nameOf({ key, source, username }: ExplainedCredential): string {
  const who = username === undefined ? `with a token` : `as ${printable(username)}`
  return `${who}, key "${printable(key)}" of ${printable(source)}`
}
