import { Command } from 'commander'
import { demandId } from '../access-flags.ts'
import { revocation } from '../access-words.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function tokenRevokeCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('revoke')
    .description('end a token now, and the job credentials that were minted with it')
    .argument('<id>', 'as `entrepot token list` shows it')
  return addStorageFlags(command).action((id: string, flags: StorageFlags) =>
    run(() => revokeToken(demandId(id), flags, context)),
  )
}

function revokeToken(id: string, flags: StorageFlags, context: CliContext): Promise<number> {
  return withStorage(flags, context, async ({ access }) => {
    const reply = await access.revokeToken(id)
    context.stdout.write(`${flags.json ? JSON.stringify(reply) : revocation(id, reply)}\n`)
    return EXIT_OK
  })
}
