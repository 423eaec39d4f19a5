import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { authExplainCommand } from './auth-explain.ts'

export function authCommand(context: CliContext, run: RunCommand): Command {
  return new Command('auth')
    .description('logins for registries that images of jobs are pulled with')
    .helpCommand(false)
    .addCommand(authExplainCommand(context, run))
}
