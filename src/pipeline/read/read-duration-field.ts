import { readDuration } from './duration.ts'
import type { Field } from './field.ts'

/** @returns milliseconds */
export function readDurationField(
  field: Field,
  limit: { readonly ms: number; readonly name: string },
): number | undefined {
  const text = field.filledText()
  if (text === undefined) return undefined
  const ms = readDuration(text)
  if (ms === undefined) return field.refuse(`takes a duration like "1h 30m"; ${text} is none`)
  return ms > limit.ms ? field.refuse(`takes ${limit.name} at most`) : ms
}
