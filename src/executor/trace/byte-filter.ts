/** Bytes in, bytes out, now or later. What comes out in all does not depend on how it was cut when it came in. */
export interface ByteFilter {
  push(chunk: Buffer): Buffer
  /** What was held back. The next push begins anew. */
  end(): Buffer
}

export const MASKED = Buffer.from('[MASKED]')
export const NO_BYTES = Buffer.alloc(0)
