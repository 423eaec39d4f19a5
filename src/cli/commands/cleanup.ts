import { Command } from 'commander'
import { type CliContext, EXIT_OK, EXIT_UNUSABLE, type RunCommand } from '../context.ts'

interface CleanupFlags {
  readonly config?: string
  readonly runner?: string
  readonly dockerHost?: string
  readonly images?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export function cleanupCommand(context: CliContext, run: RunCommand): Command {
  return new Command('cleanup')
    .description('remove what killed runs of this machine left on the Docker Engine')
    .option('--images', 'images that were pulled for jobs, too')
    .option('--dry-run', 'only count')
    .option('--config <file>', 'config.toml of the runner, for where its engine is')
    .option('--runner <name>', 'which of its runners, where there are several')
    .option('--docker-host <host>', 'the Docker Engine (default: as for run)')
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action((flags: CleanupFlags) => run(() => cleanUp(flags, context)))
}

const EXPLANATION = `
Containers, networks and volumes that live as long as a job. What belongs to a
process that still runs stays, and so do volumes that jobs share. Every run does
the same when it begins, but for the images.
`

async function cleanUp(flags: CleanupFlags, context: CliContext): Promise<number> {
  const { readRunner } = await import('../run/read-order.ts')
  const { Engine } = await import('../../executor/docker/engine.ts')
  const { cleanEngine } = await import('../../executor/docker/clean-engine.ts')
  const { readOwner } = await import('../../executor/docker/owner.ts')
  const { JobFailure } = await import('../../executor/failure.ts')
  const { images: withImages = false, dryRun: isDryRun = false } = flags
  const { docker } = await readRunner(flags, context)
  try {
    const engine = new Engine(docker)
    await engine.facts()
    const { hostId } = await readOwner()
    const cleaned = await cleanEngine(engine, { hostId, withImages, isDryRun })
    const { containers, networks, volumes, images } = cleaned
    const counts = `${containers} containers, ${networks} networks, ${volumes} volumes, ${images} images`
    const told = isDryRun ? `would remove ${counts}` : `removed ${counts}`
    context.stdout.write(flags.json ? `${JSON.stringify({ dryRun: isDryRun, ...cleaned })}\n` : `${told}\n`)
    return EXIT_OK
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error
    context.stderr.write(`entrepot: ${error.message}\n`)
    return EXIT_UNUSABLE
  }
}
