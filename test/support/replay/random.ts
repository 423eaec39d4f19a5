/** Numbers from 0 to 1 that are the same in every run with one seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws 0 to `count` - 1, each rank `r` with a probability proportional to 1/(r + 1). */
export function zipf(count: number, random: () => number): () => number {
  const cumulative: number[] = []
  let sum = 0
  for (let rank = 1; rank <= count; rank += 1) {
    sum += 1 / rank
    cumulative.push(sum)
  }
  return () => {
    const wanted = random() * sum
    const found = cumulative.findIndex((limit) => limit >= wanted)
    return found === -1 ? count - 1 : found
  }
}
