import { type Command, Option } from 'commander'

/**
 * The flags that override how the log of a runner is set.
 * @param level, format what they say of themselves
 */
export function addLogFlags(command: Command, level: string, format: string): Command {
  return command
    .addOption(new Option('--log-level <level>', level).choices(['error', 'warn', 'info', 'debug']))
    .addOption(new Option('--log-format <format>', format).choices(['pretty', 'json']))
}
