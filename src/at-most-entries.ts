/**
 * Bounds an LRUCache by the number of its entries. Its own `max` makes room for all of them at once: for some hundred
 * thousand that is felt at the start, and in the memory of a server that has hardly any.
 */
export function atMostEntries(count: number): {
  readonly maxSize: number
  readonly sizeCalculation: () => number
} {
  return { maxSize: count, sizeCalculation: () => 1 }
}
