/**
 * Measures every subject once per round, A B C then B C A, so that none always comes first or last.
 * Resolves with the values by subject, in the order of the rounds.
 */
export async function interleave<S, T>(
  subjects: readonly S[],
  rounds: number,
  measure: (subject: S) => Promise<T>,
): Promise<Map<S, T[]>> {
  const values = new Map<S, T[]>(subjects.map((subject) => [subject, []]))
  for (let round = 0; round < rounds; round++) {
    for (let position = 0; position < subjects.length; position++) {
      const subject = subjects[(round + position) % subjects.length]
      if (subject === undefined) continue
      values.get(subject)?.push(await measure(subject))
    }
  }
  return values
}
