import { Command } from 'commander'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { humanSize } from '../human.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withCache } from '../with-cache.ts'

export function cacheRemoveCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('remove')
    .description('forget an image, pinned or not, and what only it needs')
    .argument('<image>', 'redis:7, ghcr.io/x/y@sha256:...')
  return addStorageFlags(command).action((image: string, flags: StorageFlags) =>
    run(() => removeImage(image, flags, context)),
  )
}

function removeImage(image: string, flags: StorageFlags, context: CliContext): Promise<number> {
  return withCache(flags, context, async (cache) => {
    const removed = await cache.remove(image)
    const said = `${removed.name} removed, ${humanSize(removed.freedBytes)} freed`
    context.stdout.write(`${flags.json ? JSON.stringify(removed) : said}\n`)
    return EXIT_OK
  })
}
