/** What was left of a limit at a time. */
export interface RateSample {
  readonly at: number
  readonly remaining: number
}

/** Below this the spending of a moment would be taken for that of a day. */
const MIN_OBSERVED_MS = 60_000

/** Samples closer than this say nothing more. */
const SAMPLE_SPACING_MS = 30_000
const MAX_SAMPLES = 32

/**
 * Adds an observation, oldest first. When more is left than before, the limit has begun anew, and so does
 * the series.
 */
export function addSample(samples: readonly RateSample[], next: RateSample): readonly RateSample[] {
  const last = samples.at(-1)
  if (last === undefined || next.remaining > last.remaining || next.at < last.at) return [next]
  const previous = samples.at(-2)
  // The newest always stands; the one before it goes when it came right after its own predecessor.
  const isCrowded = previous !== undefined && last.at - previous.at < SAMPLE_SPACING_MS
  return [...(isCrowded ? samples.slice(0, -1) : samples), next].slice(-MAX_SAMPLES)
}

/** When nothing will be left if pulling goes on as observed; undefined: not within the window, or not known. */
export function forecastExhaustion(
  samples: readonly RateSample[],
  windowMs: number | undefined,
): number | undefined {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (last.remaining === 0) return last.at
  const observedMs = last.at - first.at
  const spent = first.remaining - last.remaining
  if (observedMs < MIN_OBSERVED_MS || spent <= 0) return undefined
  const leftMs = (last.remaining * observedMs) / spent
  return windowMs !== undefined && leftMs > windowMs ? undefined : Math.round(last.at + leftMs)
}
