import { Command } from 'commander'
import type { CacheControl } from '../../server/control/cache-control.ts'
import type { PinReply } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withCache } from '../with-cache.ts'

export function cachePinCommand(context: CliContext, run: RunCommand): Command {
  const description = 'keep an image, however full the storage is'
  return pinCommand('pin', description, (cache, image) => cache.pin(image), context, run)
}

export function cacheUnpinCommand(context: CliContext, run: RunCommand): Command {
  const description = 'let an image go again when its space is needed'
  return pinCommand('unpin', description, (cache, image) => cache.unpin(image), context, run)
}

function pinCommand(
  name: string,
  description: string,
  act: (cache: CacheControl, image: string) => Promise<PinReply>,
  context: CliContext,
  run: RunCommand,
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<image>', 'redis:7, ghcr.io/x/y@sha256:...')
  return addStorageFlags(command).action((image: string, flags: StorageFlags) =>
    run(() =>
      withCache(flags, context, async (cache) => {
        const reply = await act(cache, image)
        const said = `${reply.name} is ${reply.pinned ? 'pinned' : 'no longer pinned'}`
        context.stdout.write(`${flags.json ? JSON.stringify(reply) : said}\n`)
        return EXIT_OK
      }),
    ),
  )
}
