import { Command } from 'commander'
import { version } from '../../version.ts'
import type { Output } from '../context.ts'

export interface VersionFlags {
  readonly json?: boolean
}

export function versionCommand(run: (flags: VersionFlags) => void): Command {
  return new Command('version')
    .description('print the version')
    .option('--json', 'print it as JSON, with the runtime')
    .action((flags: VersionFlags) => run(flags))
}

export function printVersion(flags: VersionFlags, stdout: Output): void {
  const { platform, arch, versions } = process
  stdout.write(
    flags.json ? `${JSON.stringify({ version, node: versions.node, platform, arch })}\n` : `${version}\n`,
  )
}
