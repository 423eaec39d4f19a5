import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { keyRotateCommand } from './key-rotate.ts'

export function keyCommand(context: CliContext, run: RunCommand): Command {
  const group = new Command('key')
    .description('what the tokens of /jwt/auth are signed with')
    .helpCommand(false)
  group.addCommand(keyRotateCommand(context, run))
  return group
}
