/** A volume that jobs share, one after the other. */
export interface CacheVolume {
  readonly name: string
  readonly sizeBytes: number
  /** By a container, running or not. */
  readonly isInUse: boolean
  readonly usedAtMs: number
}

export interface VolumeBounds {
  /** Of all together (`cache_max_size`). */
  readonly maxBytes: number
  /** Since the last use (`cache_keep`); absent: none is too old. */
  readonly maxAgeMs?: number | undefined
}

/** Which go: those that are too old, then the least recently used until the others fit; never one in use. */
export function surplusVolumes(
  volumes: readonly CacheVolume[],
  { maxBytes, maxAgeMs = Number.POSITIVE_INFINITY }: VolumeBounds,
  nowMs: number,
): readonly CacheVolume[] {
  let total = volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const byUse = volumes.filter(({ isInUse }) => !isInUse).sort((a, b) => a.usedAtMs - b.usedAtMs)
  // The oldest come first, so those that are too old are counted before any goes for room.
  return byUse.filter(({ usedAtMs, sizeBytes }) => {
    const isOld = nowMs - usedAtMs > maxAgeMs
    // What takes nothing makes no room.
    if (!isOld && (total <= maxBytes || sizeBytes === 0)) return false
    total -= sizeBytes
    return true
  })
}
