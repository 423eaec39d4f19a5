const LEVELS = { fastest: 1, fast: 3, default: 6, slow: 7, slowest: 9 } as const

export type CompressionSpeed = keyof typeof LEVELS

/**
 * Of ARTIFACT_COMPRESSION_LEVEL and CACHE_COMPRESSION_LEVEL, as GitLab Runner has them.
 * @returns for zlib; an unknown word is as if nothing was written
 */
export function compressionLevel(written: string | undefined, otherwise: CompressionSpeed): number {
  const isKnown = written !== undefined && Object.hasOwn(LEVELS, written)
  return LEVELS[isKnown ? (written as CompressionSpeed) : otherwise]
}
