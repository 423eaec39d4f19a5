import { Command } from 'commander'
import { readGroup } from '../access-flags.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function groupRemoveCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('remove')
    .description('take a group away that was made by command; what was pulled as it stays in the cache')
    .argument('<name>', 'its path, such as acme/web', readGroup)
  return addStorageFlags(command).action((path: string, flags: StorageFlags) =>
    run(() => removeGroup(path, flags, context)),
  )
}

function removeGroup(path: string, flags: StorageFlags, context: CliContext): Promise<number> {
  return withStorage(flags, context, async ({ access }) => {
    const group = await access.removeGroup(path)
    context.stdout.write(`${flags.json ? JSON.stringify(group) : `removed ${group.path}`}\n`)
    return EXIT_OK
  })
}
