import { Command } from 'commander'
import type { CliContext, RunCommand } from '../context.ts'
import type { DemoFlags } from '../demo/show-demo.ts'
import type { StartServer } from '../serve-until-stopped.ts'

export function demoCommand(
  context: CliContext,
  run: RunCommand,
  loadServer: () => Promise<StartServer>,
): Command {
  return new Command('demo')
    .description('show what it does, without Docker and without the internet')
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action((flags: DemoFlags) =>
      run(async () => {
        const { showDemo } = await import('../demo/show-demo.ts')
        return showDemo(flags, context, await loadServer())
      }),
    )
}

const EXPLANATION = `
A small registry with an image for two platforms, and a cache on a temporary
storage, both in this process. The image is pulled, the registry is stopped, and
it is pulled again. UPSTREAM is how often the registry was asked meanwhile.

The exit code is 0 when the digest of everything that was pulled is right.
`
