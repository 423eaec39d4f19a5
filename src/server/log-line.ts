import { prettyFactory } from 'pino-pretty'
import { printable } from './printable.ts'

type Paint = (text: string) => string

interface Palette {
  readonly gray: Paint
  readonly level: Paint
}

/** Fields that the sentence already tells, or that are too long for a line. */
const HIDDEN = new Set(['time', 'level', 'part', 'msg', 'event', 'err', 'addresses', 'settings', 'version'])

const MAX_VALUE_LENGTH = 200

/** Turns pino's JSON line into one for people: time, level, sentence, then `key=value` for the other fields. */
export function formatLogLine(options: { colour: boolean }): (line: string) => string {
  return prettyFactory({
    colorize: options.colour,
    hideObject: true,
    ignore: 'time,level',
    customColors: 'message:reset',
    messageFormat: (log, messageKey, _, { colors }) => {
      const level = String(log.level)
      return renderLine(log, messageKey, { gray: colors.gray, level: levelPaint(level, colors) })
    },
  })
}

function renderLine(log: Readonly<Record<string, unknown>>, messageKey: string, paint: Palette): string {
  const level = String(log.level)
  const fields = Object.entries(log)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${key}=${renderValue(value)}`)
  const part = log.part === undefined ? '' : `${paint.gray(String(log.part).padEnd(6))} `
  const head = `${paint.gray(renderTime(log.time))} ${paint.level(level.padEnd(5))} ${part}${printable(log[messageKey])}`
  const line = fields.length === 0 ? head : `${head}  ${paint.gray(fields.join(' '))}`
  const trouble = renderError(log.err, level)
  return trouble === undefined ? line : `${line}${paint.gray(trouble)}`
}

function levelPaint(
  level: string,
  colors: Readonly<Record<'red' | 'yellow' | 'green' | 'blue', Paint>>,
): Paint {
  if (level === 'error' || level === 'fatal') return colors.red
  if (level === 'warn') return colors.yellow
  return level === 'info' ? colors.green : colors.blue
}

function renderTime(time: unknown): string {
  const date = new Date(typeof time === 'number' ? time : String(time))
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8)
}

function renderValue(value: unknown): string {
  const text = typeof value === 'string' && /^[\x21\x23-\x7e]+$/.test(value) ? value : JSON.stringify(value)
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`
}

/** An error shows its stack where somebody has to look; a warning shows its sentence. */
function renderError(error: unknown, level: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { stack, message } = error as { stack?: unknown; message?: unknown }
  if (level === 'error' && typeof stack === 'string')
    return `\n  ${stack.split('\n').map(printable).join('\n  ')}`
  return `  err=${renderValue(message ?? '')}`
}
