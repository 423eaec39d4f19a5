import { Command } from 'commander'
import { demandId } from '../access-flags.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function tokenRotateCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('rotate')
    .description('give a token another secret, and print it, once; the old one ends now')
    .argument('<id>', 'as `entrepot token list` shows it')
  return addStorageFlags(command).action((id: string, flags: StorageFlags) =>
    run(() => rotateToken(demandId(id), flags, context)),
  )
}

function rotateToken(id: string, flags: StorageFlags, context: CliContext): Promise<number> {
  const { stdout, stderr } = context
  return withStorage(flags, context, async ({ access }) => {
    const token = await access.rotateToken(id)
    stdout.write(`${flags.json ? JSON.stringify(token) : token.secret}\n`)
    if (!flags.json)
      stderr.write(
        `the old secret of ${token.name} (${id}) is refused from now on. This one is not shown again.\n`,
      )
    return EXIT_OK
  })
}
