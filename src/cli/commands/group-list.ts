import { Command } from 'commander'
import type { GroupJson } from '../../server/schemas/access.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { networksOf, repositoriesOf } from '../group-words.ts'
import { counted } from '../human.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withStorage } from '../with-storage.ts'

export function groupListCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('list').description('list the groups, of the settings too')
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => listGroups(flags, context)))
}

const COLUMNS: readonly Column[] = [
  { title: 'GROUP', align: 'left' },
  { title: 'FROM', align: 'left' },
  { title: 'ANONYMOUS', align: 'left' },
  { title: 'REPOSITORIES', align: 'left' },
]

function listGroups(flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env } = context
  return withStorage(flags, context, async ({ access }) => {
    const reply = await access.listGroups()
    if (flags.json) {
      stdout.write(`${JSON.stringify(reply)}\n`)
      return EXIT_OK
    }
    const [head = '', ...lines] = renderTable(COLUMNS, reply.groups.map(cellsOf))
    stdout.write(`${[paletteFor(stdout, env).dim(head), ...lines].join('\n')}\n`)
    stderr.write(`${counted(reply.groups.length, 'group')}\n`)
    return EXIT_OK
  })
}

function cellsOf(group: GroupJson): string[] {
  return [group.path, group.origin, networksOf(group), repositoriesOf(group)]
}
