import { Command } from 'commander'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withStorage } from '../with-storage.ts'

export function keyRotateCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('rotate').description(
    'sign with a new key; the old one is honoured until its tokens have ended, a quarter of an hour',
  )
  return addStorageFlags(command).action((flags: StorageFlags) => run(() => rotateKey(flags, context)))
}

function rotateKey(flags: StorageFlags, context: CliContext): Promise<number> {
  return withStorage(flags, context, async ({ access }) => {
    const key = await access.rotateKey()
    context.stdout.write(
      `${flags.json ? JSON.stringify(key) : `signing with the key ${key.id} from now on`}\n`,
    )
    return EXIT_OK
  })
}
