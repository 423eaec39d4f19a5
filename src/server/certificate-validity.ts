/** Less than what is left when the usual clients of authorities renew. */
const SOON_MS = 7 * 24 * 60 * 60 * 1000

export type Validity = 'valid' | 'not-yet' | 'soon' | 'expired'

/** What is to be said of a certificate now. Times in milliseconds since the epoch. */
export function validityAt(
  { validFrom, validTo }: { readonly validFrom: number; readonly validTo: number },
  now: number,
): Validity {
  if (now < validFrom) return 'not-yet'
  if (now > validTo) return 'expired'
  // One that lives for days only is always about to end.
  const soonMs = Math.min(SOON_MS, (validTo - validFrom) / 4)
  return now > validTo - soonMs ? 'soon' : 'valid'
}
