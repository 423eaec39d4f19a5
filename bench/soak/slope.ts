/**
 * How much a value grows from one round to the next: the median of the slopes between any two rounds (Theil and Sen).
 * One round that was disturbed does not count.
 * @param values of at least two rounds
 */
export function slopeOf(values: readonly number[]): number {
  const slopes = values.flatMap((late, round) =>
    values.slice(0, round).map((early, before) => (late - early) / (round - before)),
  )
  if (slopes.length === 0) throw new RangeError('a slope takes two values')
  slopes.sort((left, right) => left - right)
  const middle = slopes.length / 2
  const at = (index: number) => slopes[index] ?? Number.NaN
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle))
}

/**
 * Whether a value stays what it is, or falls.
 * @param mostGrowth what all rounds together may add, in the unit of the values
 */
export function isFlat(values: readonly number[], mostGrowth: number): boolean {
  return slopeOf(values) * (values.length - 1) <= mostGrowth
}
