import { Command } from 'commander'
import { printable } from '../../server/printable.ts'
import type { TokensReply } from '../../server/schemas/access.ts'
import { shortTime } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted } from '../human.ts'
import { paletteFor } from '../palette.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { type Column, renderTable } from '../table.ts'
import { withStorage } from '../with-storage.ts'

type ListedToken = TokensReply['tokens'][number]

export function tokenListCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('list').description('list the tokens, and those that ended within a day')
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => listTokens(flags, context)))
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'left' },
  { title: 'STATE', align: 'left' },
  { title: 'ROLE', align: 'left' },
  { title: 'EXPIRES (UTC)', align: 'left' },
  { title: 'GROUPS', align: 'left' },
  { title: 'NAME', align: 'left' },
]

function listTokens(flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, env } = context
  return withStorage(flags, context, async ({ access }) => {
    const reply = await access.listTokens()
    const { tokens } = reply
    if (flags.json) {
      stdout.write(`${JSON.stringify(reply)}\n`)
      return EXIT_OK
    }
    if (tokens.length > 0) {
      const [head = '', ...lines] = renderTable(COLUMNS, tokens.map(cellsOf))
      stdout.write(`${[paletteFor(stdout, env).dim(head), ...lines].join('\n')}\n`)
    }
    stderr.write(`${counted(tokens.length, 'token')}\n`)
    return EXIT_OK
  })
}

function cellsOf({ id, state, role, expiresAt, groups, name }: ListedToken): string[] {
  const whom = role === 'admin' ? 'all' : groups.join(',')
  return [id, state, role, expiresAt === null ? 'never' : shortTime(expiresAt), whom, printable(name)]
}
