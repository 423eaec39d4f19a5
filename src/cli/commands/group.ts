import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { groupCreateCommand } from './group-create.ts'
import { groupListCommand } from './group-list.ts'
import { groupRemoveCommand } from './group-remove.ts'
import { groupShowCommand } from './group-show.ts'

export function groupCommand(context: CliContext, run: RunCommand): Command {
  const group = new Command('group')
    .description('the groups that clients pull as')
    .helpCommand(false)
    .addHelpText('after', EXPLANATION)
  const commands = [groupCreateCommand, groupListCommand, groupShowCommand, groupRemoveCommand]
  for (const command of commands) group.addCommand(command(context, run))
  return group
}

const EXPLANATION = `
A group is a path: acme, acme/web. One that is under another inherits what it
does not say itself. Groups of entrepot.yaml are changed there; logins at
upstreams that belong to a group can only be there (groups.G.upstreams).
`
