import { Command, InvalidArgumentError } from 'commander'
import { parsePlatform } from '../../oci/platform.ts'
import type { WarmBody } from '../../server/schemas/control.ts'
import { collect } from '../collect.ts'
import { type CliContext, EXIT_FAILED, EXIT_OK, type RunCommand } from '../context.ts'
import { CommandStopped, StopRequest } from '../stop-request.ts'
import { addStorageFlags, type StorageFlags } from '../storage-flags.ts'
import { WarmReport } from '../warm-report.ts'
import { withCache } from '../with-cache.ts'

interface WarmFlags extends StorageFlags {
  readonly platform?: readonly string[]
}

/** Most images are made for Linux, and run in a virtual machine elsewhere. */
const OWN_PLATFORM = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`

export function cacheWarmCommand(context: CliContext, run: RunCommand): Command {
  const command = new Command('warm')
    .description('pull images into the cache before somebody needs them')
    .argument('<image...>', 'redis:7, ghcr.io/x/y@sha256:...')
    .option(
      '--platform <os/arch>',
      `platform to pull of an index, or all; can be repeated (default: ${OWN_PLATFORM})`,
      collectPlatforms,
    )
    .addHelpText('after', EXAMPLES)
  return addStorageFlags(command).action((images: string[], flags: WarmFlags) =>
    run(() => warm(images, flags, context)),
  )
}

const EXAMPLES = `
Examples:
  entrepot cache warm redis:7 postgres:17
  entrepot cache warm ghcr.io/x/y --platform linux/amd64 --platform linux/arm64

What is here already is not fetched again. When the command is stopped, a
running server finishes the downloads that have begun.
`

function collectPlatforms(value: string, previous: readonly string[] | undefined): readonly string[] {
  if (value !== 'all' && parsePlatform(value) === undefined) {
    throw new InvalidArgumentError('Expected os/arch, such as linux/arm64, or all.')
  }
  return collect(value, previous)
}

async function warm(images: readonly string[], flags: WarmFlags, context: CliContext): Promise<number> {
  const stop = new StopRequest(context.signals, context.exit)
  const aborted = new AbortController()
  void stop.requested.then((signal) => aborted.abort(new CommandStopped(signal)))
  const report = new WarmReport(context, flags.json === true)
  try {
    const order = { images: [...images], platforms: platformsOf(flags) }
    await withCache(
      flags,
      context,
      (cache) => cache.warm(order, (event) => report.take(event), aborted.signal),
      {
        create: true,
      },
    )
    return report.finish() ? EXIT_OK : EXIT_FAILED
  } catch (error) {
    report.breakOff()
    if (error instanceof CommandStopped) return error.exitCode
    throw error
  } finally {
    stop[Symbol.dispose]()
  }
}

function platformsOf({ platform = [OWN_PLATFORM] }: WarmFlags): WarmBody['platforms'] {
  return platform.includes('all') ? 'all' : [...new Set(platform)]
}
