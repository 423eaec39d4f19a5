import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { jobCredentialListCommand } from './job-credential-list.ts'
import { jobCredentialRevokeCommand } from './job-credential-revoke.ts'

export function jobCredentialCommand(context: CliContext, run: RunCommand): Command {
  const group = new Command('job-credential')
    .description('credentials of single jobs')
    .helpCommand(false)
    .addHelpText('after', EXPLANATION)
  group.addCommand(jobCredentialListCommand(context, run))
  group.addCommand(jobCredentialRevokeCommand(context, run))
  return group
}

const EXPLANATION = `
They are made by \`entrepot ci-variables\`, or by POST /api/v1/job-credentials with
a token of role runner.
`
