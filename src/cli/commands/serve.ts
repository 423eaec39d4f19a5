import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandLineSettings } from '../../config/flags.ts'
import { parseDuration } from '../../duration.ts'
import { collect } from '../collect.ts'

export interface ServeFlags extends CommandLineSettings {
  /** Absent: it stays. */
  readonly idleExit?: number
  readonly held?: boolean
}

export interface ServeStay {
  /** Absent: it stays. */
  readonly idleExitMs: number | undefined
  /** It ends with its standard input, and leaves signals to whoever has the other end. */
  readonly isHeld: boolean
}

export function serveCommand(run: (flags: CommandLineSettings, stay: ServeStay) => Promise<void>): Command {
  // For `entrepot start` alone.
  const held = new Option('--held').hideHelp()
  return new Command('serve')
    .description('run the cache')
    .option('--config <file>', 'settings file (default: entrepot.yaml in this directory, if there is one)')
    .option(
      '--listen <host:port>',
      'address to listen on; can be repeated (default: 127.0.0.1:5000)',
      collect,
    )
    .option('--storage <dir>', 'directory that keeps what was pulled (default: ./storage)')
    .option('--external-url <url>', 'where clients reach this server (default: as each request says)')
    .option('--tls-cert <file>', 'certificate (PEM) to serve HTTPS with; needs --tls-key')
    .option('--tls-key <file>', 'private key (PEM) of the certificate')
    .option('--upstream <name=url>', 'add an upstream registry, or move one; can be repeated', collect)
    .option(
      '--jobs-listen <host:port>',
      'a further address, for engines of runners, that asks everybody for credentials (default: none)',
    )
    .option('--metrics-listen <host:port>', 'a further address that has /metrics alone (default: none)')
    .option('--log-level <level>', 'error, warn, info or debug (default: info)')
    .option('--log-format <format>', 'pretty or json (default: pretty on a terminal, else json)')
    .option('--idle-exit <duration>', 'stop when nobody has asked anything for so long: 5m', readIdle)
    .addOption(held)
    .addHelpText('after', EXAMPLES)
    .action(({ idleExit, held: isHeld = false, ...flags }: ServeFlags) =>
      run(flags, { idleExitMs: idleExit, isHeld }),
    )
}

const EXAMPLES = `
Examples:
  entrepot serve
  entrepot serve --listen 0.0.0.0:5000 --storage /var/lib/entrepot
  entrepot serve --upstream registry.example=https://registry.example

Every flag has a key in entrepot.yaml and a variable: ENTREPOT_LISTEN, ENTREPOT_STORAGE_PATH,
ENTREPOT_EXTERNAL_URL, ENTREPOT_TLS_CERT_FILE, ENTREPOT_TLS_KEY_FILE, ENTREPOT_JOBS_LISTEN,
ENTREPOT_METRICS_LISTEN, ENTREPOT_LOG_LEVEL, ENTREPOT_LOG_FORMAT. Flags win over variables, variables over the file.
`

/** Less would end a server between two requests of one pull. */
const MIN_IDLE_MS = 1000

function readIdle(text: string): number {
  const idleMs = parseDuration(text)
  if (idleMs !== undefined && idleMs >= MIN_IDLE_MS) return idleMs
  throw new InvalidArgumentError('expected a duration of at least a second, such as 30s or 5m')
}
