import { Command } from 'commander'
import type { GcReply } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_OK, type RunCommand } from '../context.ts'
import { counted, humanSize } from '../human.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withCache } from '../with-cache.ts'

interface GcFlags extends StorageFlags {
  readonly dryRun?: boolean
}

export function cacheGcCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('gc')
    .description('collect now what would be collected anyway: images past storage.maxAge, unused blobs')
    .option('--dry-run', 'only say what would be collected')
  return addStorageFlags(command).action((flags: GcFlags) => run(() => collect(flags, context)))
}

function collect(flags: GcFlags, context: CliContext): Promise<number> {
  return withCache(flags, context, async (cache) => {
    const reply = await cache.gc({ dryRun: flags.dryRun === true })
    context.stdout.write(`${flags.json ? JSON.stringify(reply) : sentence(reply)}\n`)
    return EXIT_OK
  })
}

function sentence({ dryRun, images, blobs, bytes }: GcReply): string {
  const what = `${counted(images, 'image')} and ${counted(blobs, 'blob')}, ${humanSize(bytes)}`
  return dryRun
    ? `would collect ${what} or more: what only old images share is not counted`
    : `collected ${what}`
}
