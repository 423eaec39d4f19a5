/** What was read is no tar, or only a part of one. */
export class TarInvalid extends Error {
  override readonly name = 'TarInvalid'
  readonly code = 'TAR_INVALID'

  constructor(trouble: string, cause?: unknown) {
    super(`the archive is no whole tar: ${trouble}`, { cause })
  }
}
