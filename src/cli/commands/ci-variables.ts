import { Command, Option } from 'commander'
import { ciVariables } from '../../auth/ci-variables.ts'
import { DEFAULT_GROUP } from '../../config/defaults.ts'
import { parseGroupPath } from '../../oci/group-path.ts'
import { ControlError } from '../../server/control/errors.ts'
import type { IssuedJobJson } from '../../server/schemas/access.ts'
import { collectGlobs, readGroup, readTtl, readUrl } from '../access-flags.ts'
import { validity } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import type { OpenedStorage } from '../open-storage.ts'
import { FORMATS, type Format, renderVariables } from '../render-variables.ts'
import { clientUrl } from '../server-url.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

interface CiFlags extends StorageFlags {
  readonly group: string
  readonly ttl: string
  readonly jobId?: string
  readonly repositories?: readonly string[]
  readonly url?: URL
  readonly format: Format
}

export function ciVariablesCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('ci-variables')
    .description('make a credential for one job, and print the CI_DEPENDENCY_PROXY_* variables')
    .option('--group <path>', 'the group to pull as', readGroup, DEFAULT_GROUP)
    .option('--ttl <duration>', 'how long it is valid, at most 7d', readTtl, '1h')
    .option('--job-id <id>', 'which job it is for; shown in lists and logs')
    .option(
      '--repositories <glob>',
      'only these, as REGISTRY/REPOSITORY; can be repeated (default: what the group may use)',
      collectGlobs,
    )
    .option('--url <url>', 'where the job reaches the server (default: as the server says)', readUrl)
    .addOption(new Option('--format <format>', 'how to print them').choices(FORMATS).default('dotenv'))
    .addHelpText('after', EXPLANATION)
  return addStorageFlags(command).action((flags: CiFlags) => run(() => printVariables(flags, context)))
}

const EXPLANATION = `
dotenv         KEY=value, for dotenv reports and docker run --env-file
shell          export KEY='value', for eval
json           the same with id and expiresAt; so does --json
docker-config  a config.json that logs Docker and others in: DOCKER_CONFIG, DOCKER_AUTH_CONFIG

Examples:
  eval "$(entrepot ci-variables --group acme --format shell)"
  entrepot ci-variables --group acme/web --job-id 17 --format docker-config > ~/.docker/config.json
`

function printVariables(flags: CiFlags, context: CliContext): Promise<number> {
  const { group, ttl, jobId, repositories = [] } = flags
  const order = { group, ttl, repositories: [...repositories], ...(jobId === undefined ? {} : { jobId }) }
  return withStorage(
    flags,
    context,
    async (opened) => {
      // Before anything is made that nobody could use.
      const url = flags.url ?? (await jobUrl(opened))
      const issued = await opened.access.mintJob(order)
      const variables = ciVariables({ url, group: parseGroupPath(issued.group), secret: issued.secret })
      const { id, expiresAt } = issued
      const format = flags.json ? 'json' : flags.format
      context.stdout.write(renderVariables(format, { id, expiresAt, url, variables }))
      if (format !== 'json') context.stderr.write(`${sentence(issued)}\n`)
      return EXIT_OK
    },
    { create: true },
  )
}

async function jobUrl({ about, isRunning }: OpenedStorage): Promise<URL> {
  const known = await about()
  const url = isRunning || known.externalUrl !== null ? clientUrl(known) : undefined
  if (url !== undefined) return url
  throw new ControlError(
    'invalid',
    'where jobs reach the server is not known: set externalUrl, say it with --url, or start the server',
  )
}

function sentence({ id, group, expiresAt }: IssuedJobJson): string {
  return `job credential ${id} for ${group}, ${validity(expiresAt)}; \`entrepot job-credential revoke ${id}\` ends it`
}
