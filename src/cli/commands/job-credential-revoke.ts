import { Command } from 'commander'
import { demandId } from '../access-flags.ts'
import { revocation } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function jobCredentialRevokeCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('revoke')
    .description('end the credential of a job now')
    .argument('<id>', 'as `entrepot job-credential list` shows it')
  return addStorageFlags(command).action((id: string, flags: StorageFlags) =>
    run(() => revokeJob(demandId(id), flags, context)),
  )
}

function revokeJob(id: string, flags: StorageFlags, context: CliContext): Promise<number> {
  return withStorage(flags, context, async ({ access }) => {
    const reply = await access.revokeJob(id)
    context.stdout.write(`${flags.json ? JSON.stringify(reply) : revocation(id, reply)}\n`)
    return EXIT_OK
  })
}
