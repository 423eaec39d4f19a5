/**
 * Content read in order into buffers that the reader owns, so that serving a blob allocates nothing per byte.
 * One read at a time. Disposing is safe at any moment and more than once.
 */
export interface RangeReader extends AsyncDisposable {
  /**
   * Resolves when a read would not wait for content to arrive, or would report the end. Rejects as `read` does.
   * Asking first lets a caller hold no buffer while it waits, and send no head before it knows.
   */
  ready(): Promise<void>

  /**
   * Fills `into` from its start and resolves with the number of bytes, 0 only at the end of the range.
   * Waits when the content is still arriving. Rejects when the content turned out to be bad or broke off:
   * what was read until then must never be ended cleanly.
   */
  read(into: Buffer): Promise<number>
}
