import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { tokenCreateCommand } from './token-create.ts'
import { tokenListCommand } from './token-list.ts'
import { tokenRevokeCommand } from './token-revoke.ts'
import { tokenRotateCommand } from './token-rotate.ts'

export function tokenCommand(context: CliContext, run: RunCommand): Command {
  const group = new Command('token')
    .description('credentials that last: for people, runners and other CI systems')
    .helpCommand(false)
    .addHelpText('after', EXPLANATION)
  const commands = [tokenCreateCommand, tokenListCommand, tokenRevokeCommand, tokenRotateCommand]
  for (const command of commands) group.addCommand(command(context, run))
  return group
}

const EXPLANATION = `
A token is a password; the user name beside it can be anything. Its secret is
shown once. Roles:
  pull    pulls as its groups, and those under them
  runner  that, and mints job credentials for them
  admin   pulls as every group, and mints for every group
`
