import type { ProgramSettings } from '../../executor/config/runner-settings.ts'
import type { Log } from '../../log.ts'
import { createLogger, type LoggerOptions, type LogPart } from '../../server/logger.ts'
import type { CliContext } from '../context.ts'

export interface RunnerLogFlags {
  readonly logLevel?: LoggerOptions['level']
  readonly logFormat?: LoggerOptions['format']
}

const LEVELS: Readonly<Record<NonNullable<ProgramSettings['logLevel']>, LoggerOptions['level']>> = {
  panic: 'error',
  fatal: 'error',
  error: 'error',
  warning: 'warn',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'debug',
}

/** The log of a runner: another one behind it when the settings change. */
export class RunnerLog implements Log {
  readonly #context: Pick<CliContext, 'stdout'>
  readonly #flags: RunnerLogFlags
  readonly #part: LogPart | undefined
  #current: Log

  constructor(context: Pick<CliContext, 'stdout'>, flags: RunnerLogFlags, part?: LogPart) {
    this.#context = context
    this.#flags = flags
    this.#part = part
    this.#current = this.#make(undefined, [])
  }

  /** @param secrets that no line may hold: tokens of runners */
  apply(program: ProgramSettings, secrets: readonly string[]): void {
    this.#current = this.#make(program, secrets)
  }

  isLevelEnabled(level: 'debug' | 'info'): boolean {
    return this.#current.isLevelEnabled(level)
  }

  debug(fields: object, message: string): void {
    this.#current.debug(fields, message)
  }

  info(fields: object, message: string): void {
    this.#current.info(fields, message)
  }

  warn(fields: object, message: string): void {
    this.#current.warn(fields, message)
  }

  error(fields: object, message: string): void {
    this.#current.error(fields, message)
  }

  #make(program: ProgramSettings | undefined, secrets: readonly string[]): Log {
    const { stdout } = this.#context
    const isTerminal = stdout.isTTY === true
    const { logLevel, logFormat } = program ?? {}
    const told = logFormat === undefined ? undefined : logFormat === 'json' ? 'json' : 'pretty'
    return createLogger({
      level: this.#flags.logLevel ?? (logLevel === undefined ? 'info' : LEVELS[logLevel]),
      format: this.#flags.logFormat ?? told ?? (isTerminal ? 'pretty' : 'json'),
      colour: isTerminal && stdout.hasColors?.() === true,
      secrets,
      ...(this.#part !== undefined && { part: this.#part }),
      destination: { write: (line) => void stdout.write(line) },
    })
  }
}
