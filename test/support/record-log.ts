import type { Log } from '../../src/log.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps its lines for the test to look at. */
export class RecordLog implements Log {
  readonly lines: LogLine[] = []

  isLevelEnabled(): boolean {
    return true
  }

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', message, fields: { ...fields } })
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', message, fields: { ...fields } })
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', message, fields: { ...fields } })
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', message, fields: { ...fields } })
  }

  /** The lines of one event. */
  of(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.fields.event === event)
  }
}
