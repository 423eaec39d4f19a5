import { Command } from 'commander'
import { collectGlobs, collectNetworks, readGroup } from '../access-flags.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

interface CreateFlags extends StorageFlags {
  readonly repositories?: readonly string[]
  readonly anonymousNetwork?: readonly string[]
}

export function groupCreateCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('create')
    .description('declare a group')
    .argument('<name>', 'its path, such as acme or acme/web', readGroup)
    .option(
      '--repositories <glob>',
      'only these, as REGISTRY/REPOSITORY; can be repeated (default: as the group above, else all)',
      collectGlobs,
    )
    .option(
      '--anonymous-network <cidr>',
      'who may pull without credentials; can be repeated; none: nobody (default: as the group above, else ' +
        'this machine)',
      collectNetworks,
    )
  return addStorageFlags(command).action((path: string, flags: CreateFlags) =>
    run(() => createGroup(path, flags, context)),
  )
}

function createGroup(path: string, flags: CreateFlags, context: CliContext): Promise<number> {
  const { repositories, anonymousNetwork, json } = flags
  const order = {
    path,
    ...(repositories === undefined ? {} : { repositories: [...repositories] }),
    ...(anonymousNetwork === undefined ? {} : { anonymousNetworks: [...anonymousNetwork] }),
  }
  return withStorage(
    flags,
    context,
    async ({ access }) => {
      const group = await access.createGroup(order)
      context.stdout.write(`${json ? JSON.stringify(group) : `created ${group.path}`}\n`)
      return EXIT_OK
    },
    { create: true },
  )
}
