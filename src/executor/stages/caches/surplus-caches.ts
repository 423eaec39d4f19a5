/** What jobs share, one after the other: an archive, or a volume. */
export interface SharedCache {
  readonly sizeBytes: number
  /** It has to stay, whatever its age. */
  readonly isInUse: boolean
  readonly usedAtMs: number
}

export interface CacheBounds {
  /** Of all together (`cache_max_size`). */
  readonly maxBytes: number
  /** Since the last use (`cache_keep`); absent: none is too old. */
  readonly maxAgeMs?: number | undefined
}

/** Which go: those that are too old, then the least recently used until the others fit; never one in use. */
export function surplusCaches<T extends SharedCache>(
  caches: readonly T[],
  { maxBytes, maxAgeMs = Number.POSITIVE_INFINITY }: CacheBounds,
  nowMs: number,
): readonly T[] {
  let total = caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const byUse = caches.filter(({ isInUse }) => !isInUse).sort((a, b) => a.usedAtMs - b.usedAtMs)
  // The oldest come first, so those that are too old are counted before any goes for room.
  return byUse.filter(({ usedAtMs, sizeBytes }) => {
    const isOld = nowMs - usedAtMs > maxAgeMs
    // What takes nothing makes no room.
    if (!isOld && (total <= maxBytes || sizeBytes === 0)) return false
    total -= sizeBytes
    return true
  })
}
