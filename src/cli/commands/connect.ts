import { Argument, Command, InvalidArgumentError } from 'commander'
import { DEFAULT_GROUP } from '../../config/defaults.ts'
import { ControlError } from '../../server/control/errors.ts'
import { didYouMean } from '../../suggest.ts'
import { readGroup, readUrl } from '../access-flags.ts'
import { collect } from '../collect.ts'
import { CLIENTS, CLIENTS_WITH_LOGIN, type Client, connection } from '../connect/connection.ts'
import { renderConnection } from '../connect/render-connection.ts'
import type { ConnectionTarget } from '../connect/target.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import type { FoundServer } from '../find-server.ts'
import { paletteFor } from '../palette.ts'
import { clientUrl } from '../server-url.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'

interface ConnectFlags extends StorageFlags {
  readonly group: string
  readonly url?: URL
  readonly registry?: readonly string[]
  readonly login?: string
}

const DEFAULT_COLUMNS = 80

export function connectCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('connect')
    .description('print what a client needs to pull through this server')
    .addArgument(new Argument('<client>', 'what pulls').choices(CLIENTS))
    .option('--group <path>', 'the group to pull as', readGroup, DEFAULT_GROUP)
    .option('--url <url>', 'where the client reaches the server (default: as the server says)', readUrl)
    .option(
      '--registry <name>',
      'mirror only this registry; can be repeated (default: all)',
      collectRegistries,
    )
    .option('--login <user>', `log in, under this name; for ${CLIENTS_WITH_LOGIN.join(', ')}`, readUser)
    .addHelpText('after', EXPLANATION)
  return addStorageFlags(command).action((client: Client, flags: ConnectFlags) =>
    run(() => connect(client, flags, context)),
  )
}

const EXPLANATION = `
Nothing is changed: the lines are for you to paste. The address is the server's
externalUrl, else the first that it listens on. Containers and other machines
need one that they reach: set externalUrl, or pass --url.

Examples:
  entrepot connect docker
  entrepot connect containerd --registry docker.io --registry ghcr.io
  entrepot connect docker --group acme --login alice
  entrepot connect gitlab-runner --group acme --url https://cache.example
`

async function connect(client: Client, flags: ConnectFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  if (flags.login !== undefined && !CLIENTS_WITH_LOGIN.includes(client)) {
    const names = CLIENTS_WITH_LOGIN.join(', ')
    throw new ControlError('invalid', `how ${client} logs in is not known here: --login is for ${names}`)
  }
  const { findServer } = await import('../find-server.ts')
  const target = targetOf(flags, await findServer(flags, context))
  const found = connection(client, target)
  const { url, group } = target
  stdout.write(
    flags.json
      ? `${JSON.stringify({ client, url: url.origin, group, ...found })}\n`
      : renderConnection(found, paletteFor(stdout, env), stdout.columns ?? DEFAULT_COLUMNS),
  )
  return EXIT_OK
}

function targetOf(flags: ConnectFlags, { about, isRunning }: FoundServer): ConnectionTarget {
  const { group, registry: registries, login } = flags
  const credential = login === undefined ? undefined : { username: login }
  const upstreams = about.upstreams.map(({ name, alias }) => ({ name, alias: alias ?? undefined }))
  const url = flags.url ?? clientUrl(about)
  if (url === undefined) throw new ControlError('invalid', 'the server has no address: say it with --url')
  // On a client's machine there are no settings of the server.
  if (flags.url !== undefined && !isRunning)
    return {
      url,
      group,
      registries,
      credential,
      upstreams: registries?.map((name) => ({ name })) ?? upstreams,
    }
  mustBeKnown(group, about.groups, 'group', groupHint(group, isRunning))
  const names = upstreams.map(({ name }) => name)
  for (const registry of registries ?? []) {
    mustBeKnown(registry, names, 'upstream', `it would be in the settings as upstreams.${registry}`)
  }
  return { url, group, upstreams, registries, credential }
}

function mustBeKnown(name: string, known: readonly string[], kind: string, hint: string): void {
  if (known.includes(name)) return
  throw new ControlError('invalid', `there is no ${kind} ${name}${didYouMean(name, known)}; ${hint}`)
}

function groupHint(group: string, isRunning: boolean): string {
  const hint = `make it with \`entrepot group create ${group}\`, or declare groups.${group} in the settings`
  // Those made by command are in the storage, which is not opened for this.
  return isRunning ? hint : `${hint}; one that was made by command is known when the server runs`
}

/** Stands in a command line as it is. */
function readUser(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(text)) return text
  throw new InvalidArgumentError('expected a user name of letters, digits and . _ @ -.')
}

/** Registries are compared without regard to case. */
function collectRegistries(value: string, previous: readonly string[] | undefined): readonly string[] {
  return collect(value.toLowerCase(), previous)
}
