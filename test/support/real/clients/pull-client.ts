/** A program that pulls, the way its users call it. */
export interface PullClient {
  /**
   * Pulls by the name as a user writes it; resolves with the digests that the client then knows the image by: that
   * of the index, of the platform's manifest, or both. Errors: CommandFailed.
   */
  pull(reference: string, platform: string): Promise<readonly string[]>
  /** Leaves nothing pulled behind. */
  empty(): Promise<void>
}

export function digestsIn(text: string): readonly string[] {
  return [...new Set(text.match(/sha256:[0-9a-f]{64}/g))]
}
