import type { RangeReader } from '../../src/streams/range-reader.ts'

/** Reads to the end, through one buffer of this size as the program does. */
export async function readAll(reader: RangeReader, bufferBytes = 64 * 1024): Promise<Buffer> {
  const buffer = Buffer.alloc(bufferBytes)
  const parts: Buffer[] = []
  for (;;) {
    const count = await reader.read(buffer)
    if (count === 0) return Buffer.concat(parts)
    parts.push(Buffer.from(buffer.subarray(0, count)))
  }
}
