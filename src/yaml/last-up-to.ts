/** Of items in order the index of the last that does not lie behind the offset; -1 when all do. */
export function lastUpTo<Item>(
  items: readonly Item[],
  offsetOf: (item: Item) => number,
  offset: number,
): number {
  let low = -1
  let high = items.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && offsetOf(item) <= offset) low = middle
    else high = middle
  }
  return low
}
