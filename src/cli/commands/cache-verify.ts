import { Command } from 'commander'
import type { VerifyReply } from '../../server/schemas/control.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, type RunCommand } from '../context.ts'
import { counted, humanSize } from '../human.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { withCache } from '../with-cache.ts'

interface VerifyFlags extends StorageFlags {
  readonly repair?: boolean
}

export function cacheVerifyCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('verify')
    .description('hash again everything that is kept, and take out of the way what is wrong')
    .option('--repair', 'fetch again what was wrong, from the upstream it came from')
  return addStorageFlags(command).action((flags: VerifyFlags) => run(() => verify(flags, context)))
}

/** Fails while something is missing: what is repaired is no reason to worry a script. */
function verify(flags: VerifyFlags, context: CliContext): Promise<number> {
  return withCache(flags, context, async (cache) => {
    const reply = await cache.verify({ repair: flags.repair === true })
    context.stdout.write(flags.json ? `${JSON.stringify(reply)}\n` : sentences(reply))
    return reply.damaged.every(({ repaired }) => repaired) ? EXIT_OK : EXIT_FAILED
  })
}

function sentences({ manifests, blobs, bytes, damaged }: VerifyReply): string {
  const lines = damaged.map(({ digest, kind, problem, repaired }) => {
    const what = repaired ? 'fetched again' : 'removed; it is fetched when somebody pulls it'
    return `${kind} ${digest}: ${problem}, ${what}\n`
  })
  const looked = `${counted(manifests, 'manifest')} and ${counted(blobs, 'blob')}, ${humanSize(bytes)}`
  return `${lines.join('')}verified ${looked}: ${damaged.length === 0 ? 'all as it was' : `${damaged.length} damaged`}\n`
}
