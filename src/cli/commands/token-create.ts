import { Command, Option } from 'commander'
import { ROLES, type Role } from '../../auth/credential.ts'
import type { IssuedTokenJson } from '../../server/schemas/access.ts'
import { collectGlobs, collectGroups, readTtl } from '../access-flags.ts'
import { validity } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

interface CreateFlags extends StorageFlags {
  readonly name: string
  readonly group?: readonly string[]
  readonly role: Role
  readonly repositories?: readonly string[]
  readonly expires?: string
}

export function tokenCreateCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('create')
    .description('make a token, and print its secret, once')
    .requiredOption('--name <name>', 'what it is for; shown in lists and logs')
    .option(
      '--group <path>',
      'a group that it pulls as; can be repeated (default: default; an admin has none)',
      collectGroups,
    )
    .addOption(new Option('--role <role>', 'what it is good for').choices(ROLES).default('pull'))
    .option(
      '--repositories <glob>',
      'only these, as REGISTRY/REPOSITORY; can be repeated (default: what its groups may use)',
      collectGlobs,
    )
    .option(
      '--expires <duration>',
      'how long it is valid, such as 90d (default: until it is revoked)',
      readTtl,
    )
  return addStorageFlags(command).action((flags: CreateFlags) => run(() => createToken(flags, context)))
}

function createToken(flags: CreateFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context
  const { name, role, group = [], repositories = [], expires: ttl, json } = flags
  const order = { name, role, groups: [...group], repositories: [...repositories], ttl }
  return withStorage(
    flags,
    context,
    async ({ access }) => {
      const token = await access.createToken(order)
      stdout.write(`${json ? JSON.stringify(token) : token.secret}\n`)
      if (!json) stderr.write(`${sentence(token)}\n`)
      return EXIT_OK
    },
    { create: true },
  )
}

function sentence({ id, name, role, groups, expiresAt }: IssuedTokenJson): string {
  const whom = role === 'admin' ? 'every group' : groups.join(', ')
  return `token ${name} (${id}), role ${role}, for ${whom}, ${validity(expiresAt)}. The secret is not shown again.`
}
