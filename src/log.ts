/**
 * What every layer may ask of a logger. pino fits it; tests pass a recorder.
 * Fields come first, the sentence second, as pino has it.
 */
export interface Log {
  /** Whether a line of this level is kept: lines that are made per request need not be made for nothing. */
  isLevelEnabled(level: 'debug' | 'info'): boolean
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
