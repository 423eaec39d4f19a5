import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { eachImage } from '../each-image.ts'
import { humanSize } from '../human.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'

export function cacheRemoveCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('remove')
    .description('forget images, pinned or not, and what only they need')
    .argument('<image...>', 'redis:7, ghcr.io/x/y@sha256:...')
  return addStorageFlags(command).action((images: string[], flags: StorageFlags) =>
    run(() => removeImages(images, flags, context)),
  )
}

function removeImages(images: string[], flags: StorageFlags, context: CliContext): Promise<number> {
  return eachImage(images, flags, context, {
    act: (cache, image) => cache.remove(image),
    say: ({ name, freedBytes }) => `${name} removed, ${humanSize(freedBytes)} freed`,
  })
}
