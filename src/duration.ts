const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A century: beyond it a typing error is likelier than a wish, and dates stay representable. */
const MAX_DURATION_MS = 36_500 * 86_400_000

/** `90s`, `15m`, `7d` to milliseconds; undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text)
  const unitMs = UNIT_MS[match?.[2] ?? '']
  if (match === null || unitMs === undefined) return undefined
  const durationMs = Number(match[1]) * unitMs
  return durationMs <= MAX_DURATION_MS ? durationMs : undefined
}
