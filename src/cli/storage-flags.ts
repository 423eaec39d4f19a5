import type { Command } from 'commander'

/** How a command that looks after a cache is told which one, and in which form it answers. */
export interface StorageFlags {
  readonly config?: string
  readonly storage?: string
  readonly json?: boolean
}

export function addStorageFlags(command: Command): Command {
  return command
    .option('--storage <dir>', 'the storage to look after (default: as the settings say, else ./storage)')
    .option('--config <file>', 'settings file (default: entrepot.yaml in this directory, if there is one)')
    .option('--json', 'print JSON')
}
