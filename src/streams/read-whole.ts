import type { RangeReader } from './range-reader.ts'

/** Reads content of `sizeBytes`, which the caller has bounded, into memory of its own. */
export async function readWhole(reader: RangeReader, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes)
  for (let filled = 0; filled < sizeBytes; ) {
    const count = await reader.read(bytes.subarray(filled))
    if (count === 0) throw new Error(`the content ended after ${filled} of ${sizeBytes} bytes`)
    filled += count
  }
  return bytes
}
