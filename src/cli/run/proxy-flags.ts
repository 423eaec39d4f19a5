import type { Command } from 'commander'

/**
 * The flags that say which cache is used, and where it is.
 * @param group what `--group` says of itself
 */
export function addProxyFlags(command: Command, group: string): Command {
  command.option('--proxy <url>', 'the cache, with a token in ENTREPOT_TOKEN (default: that of this machine)')
  return addAddressFlags(command, group)
    .option('--storage <dir>', 'where a cache of this machine keeps what was pulled')
    .option('--settings <file>', 'settings file of that cache (default: entrepot.yaml in this directory)')
}

/**
 * The flags that say as whom a cache is used, and from where.
 * @param group what `--group` says of itself
 */
export function addAddressFlags(command: Command, group: string): Command {
  return command
    .option('--group <path>', group)
    .option(
      '--engine-address <host:port>',
      'where the engine reaches the cache (default: a port of 127.0.0.1)',
    )
    .option('--job-address <host:port>', 'where containers reach it (default: the gateway of the bridge)')
}
