import { Command } from 'commander'
import type { GroupJson } from '../../server/schemas/access.ts'
import { readGroup } from '../access-flags.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { networksOf, repositoriesOf } from '../group-words.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function groupShowCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('show')
    .description('show what a group may do, with what it inherits')
    .argument('<name>', 'its path, such as acme/web', readGroup)
  return addStorageFlags(command).action((path: string, flags: StorageFlags) =>
    run(() => showGroup(path, flags, context)),
  )
}

function showGroup(path: string, flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context
  return withStorage(flags, context, async ({ access }) => {
    const group = await access.showGroup(path)
    stdout.write(
      `${flags.json ? JSON.stringify(group) : render(group, paletteFor(stdout, env).bold).join('\n')}\n`,
    )
    return EXIT_OK
  })
}

function render(group: GroupJson, bold: (text: string) => string): string[] {
  const logins = group.upstreams.map(({ name, username }) => `${username} at ${name}`)
  return [
    bold(group.path),
    `  declared      ${group.origin === 'settings' ? 'in the settings' : 'by command'}`,
    `  repositories  ${repositoriesOf(group)}`,
    `  anonymous     ${networksOf(group)}`,
    `  logins        ${logins.length === 0 ? 'none of its own' : logins.join(', ')}`,
  ]
}
