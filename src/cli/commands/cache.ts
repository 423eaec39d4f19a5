import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import { cacheGcCommand } from './cache-gc.ts'
import { cacheListCommand } from './cache-list.ts'
import { cachePinCommand, cacheUnpinCommand } from './cache-pin.ts'
import { cacheRemoveCommand } from './cache-remove.ts'
import { cacheShowCommand } from './cache-show.ts'
import { cacheVerifyCommand } from './cache-verify.ts'
import { cacheWarmCommand } from './cache-warm.ts'

export function cacheCommand(context: CliContext, run: RunCommand): Command {
  const group = new Command('cache')
    .description('look after what is kept')
    .helpCommand(false)
    .addHelpText('after', EXPLANATION)
  const commands = [
    cacheListCommand,
    cacheShowCommand,
    cacheRemoveCommand,
    cachePinCommand,
    cacheUnpinCommand,
    cacheGcCommand,
    cacheVerifyCommand,
    cacheWarmCommand,
  ]
  for (const command of commands) group.addCommand(command(context, run))
  return group
}

const EXPLANATION = `
Images are named as for docker pull: redis:7, ghcr.io/x/y, quay.io/x/y@sha256:...

The commands ask the server that runs on the storage, as the user that runs it.
When none runs, they work on the storage themselves.
Exit codes: 0 done, 1 not there or failed, 2 wrong use.
`
