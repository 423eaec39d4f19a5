import { Command } from 'commander'
import type { CacheControl } from '../../server/control/cache-control.ts'
import type { PinReply } from '../../server/schemas/control.ts'
import type { CliContext, RunCommand } from '../context.ts'
import { eachImage } from '../each-image.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'

export function cachePinCommand(context: CliContext, run: RunCommand): Command {
  const description = 'keep images, however full the storage is'
  return pinCommand('pin', description, (cache, image) => cache.pin(image), context, run)
}

export function cacheUnpinCommand(context: CliContext, run: RunCommand): Command {
  const description = 'let images go again when their space is needed'
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
    .argument('<image...>', 'redis:7, ghcr.io/x/y@sha256:...')
  return addStorageFlags(command).action((images: string[], flags: StorageFlags) =>
    run(() =>
      eachImage(images, flags, context, {
        act,
        say: (reply) => `${reply.name} is ${reply.pinned ? 'pinned' : 'no longer pinned'}`,
      }),
    ),
  )
}
