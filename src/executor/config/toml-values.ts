import * as z from 'zod'

/** Kinds of values in config.toml. Messages repeat a value only where it is no secret. */

export const text = z.string({ error: 'expected a text in quotes' })
export const flag = z.boolean({ error: 'expected true or false, without quotes' })
export const integer = z.int({ error: 'expected a whole number' })
/** GitLab Runner writes the first year for what has no end, and some of its documents have it in quotes. */
export const moment = z
  .union([z.date(), z.string()], { error: 'expected a date such as 2026-01-02T03:04:05Z' })
  .transform((value, context): number | undefined => {
    const ms = typeof value === 'string' ? Date.parse(value) : value.getTime()
    if (Number.isNaN(ms)) {
      context.addIssue({ code: 'custom', message: 'expected a date such as 2026-01-02T03:04:05Z' })
    }
    return ms > 0 ? ms : undefined
  })
export const texts = z.array(text, { error: 'expected a list of texts' })
export const textTable = z.record(z.string(), text, { error: 'expected a table of texts' })

/** A text, or a number where people leave the quotes out. An empty text is as if the key were absent. */
export function parsed<T>(parse: (text: string) => T | undefined, expected: string) {
  return z
    .union([z.string(), z.number()], { error: `expected ${expected}` })
    .transform((value, context): T | undefined => {
      if (value === '') return undefined
      const result = parse(String(value))
      if (result === undefined)
        context.addIssue({ code: 'custom', message: `expected ${expected}, not ${JSON.stringify(value)}` })
      return result
    })
}
