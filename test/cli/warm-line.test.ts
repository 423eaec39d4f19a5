import { describe, expect, test } from 'vitest'
import { type WarmLineProgress, warmLine } from '../../src/cli/warm-line.ts'

const MIB = 1024 * 1024
const HALF: WarmLineProgress = {
  image: 'redis:7',
  doneBytes: 50 * MIB,
  fetchedBytes: 10 * MIB,
  totalBytes: 100 * MIB,
  bytesPerSecond: 5 * MIB,
}

describe('a line of progress', () => {
  test('tells all there is', () => {
    expect(warmLine(HALF, 120)).toBe(
      'redis:7 [==========          ] 50.0 MiB of 100.0 MiB 5.0 MiB/s 40.0 MiB were here',
    )
  })

  test('before the size is known', () => {
    const progress = { ...HALF, doneBytes: 0, fetchedBytes: 0, totalBytes: null, bytesPerSecond: 0 }
    expect(warmLine(progress, 80)).toBe('redis:7 reading manifests')
  })

  test('of an image without blobs is full', () => {
    const progress = { ...HALF, doneBytes: 0, fetchedBytes: 0, totalBytes: 0, bytesPerSecond: 0 }
    expect(warmLine(progress, 80)).toBe('redis:7 [====================] 0 B of 0 B')
  })

  test.each([40, 60, 79, 100])('fits into %d columns', (columns) => {
    const image = 'registry.example:5000/a/very/long/path/of/folders/with-an-image-at-its-end:2026-01-01'
    const line = warmLine({ ...HALF, image }, columns)
    expect(line.length).toBeLessThanOrEqual(columns)
    expect(line).toMatch(/^….*2026-01-01 \[/)
  })
})
