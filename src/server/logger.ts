import { type DestinationStream, type Logger, pino } from 'pino'
import { redactorFor } from '../redact.ts'
import { formatLogLine } from './log-line.ts'

export type LogPart = 'cache' | 'runner'

export interface LoggerOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'pretty' | 'json'
  readonly colour: boolean
  /** Which of several programs with one log this is; in every line. */
  readonly part?: LogPart
  /** Passwords that no line may hold, beside what can be known for a secret by how it is written. */
  readonly secrets?: readonly string[]
  /**
   * Default: standard output. A server's log is its output: container engines and service managers expect it
   * there, and standard error stays free for why it could not start.
   */
  readonly destination?: DestinationStream
}

/** Headers that carry credentials, wherever a log call may put a message's head. */
const SECRET_HEADERS = ['authorization', '["proxy-authorization"]', 'cookie', '["set-cookie"]']
const HEADERS = ['headers', 'req.headers', 'res.headers', 'request.headers', 'response.headers']
const REDACTED = HEADERS.flatMap((path) =>
  SECRET_HEADERS.map((header) => (header.startsWith('[') ? `${path}${header}` : `${path}.${header}`)),
)

/** pino, as one JSON object per line or as lines for people. */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, colour, part, secrets = [] } = options
  return pino(
    {
      level,
      base: part === undefined ? null : { part },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
      // Whatever a line was made of: messages of other people's servers, URLs of strangers, causes of errors.
      hooks: { streamWrite: redactorFor(secrets) },
    },
    format === 'json' ? jsonDestination(options) : prettyDestination(options, colour),
  )
}

// Writes behind the caller's back: a request does not wait for its log line. pino flushes it when the process exits.
function jsonDestination({ destination }: LoggerOptions): DestinationStream {
  return destination ?? pino.destination({ dest: 1, sync: false })
}

function prettyDestination({ destination }: LoggerOptions, colour: boolean): DestinationStream {
  const output = destination ?? pino.destination({ dest: 1, sync: true })
  const format = formatLogLine({ colour })
  return { write: (line) => output.write(format(line)) }
}
