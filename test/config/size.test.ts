import { describe, expect, test } from 'vitest'
import { parseSize } from '../../src/config/size.ts'

describe('parseSize', () => {
  const cases: [text: string, wantBytes: number | undefined][] = [
    ['0B', 0],
    ['512B', 512],
    ['1KiB', 1024],
    ['4MiB', 4_194_304],
    ['50GiB', 53_687_091_200],
    ['1.5TiB', 1_649_267_441_664],
    ['0.5B', 1],
    ['9999TiB', undefined],
    ['50', undefined],
    ['50GB', undefined],
    ['50gib', undefined],
    ['50 GiB', undefined],
    ['-1GiB', undefined],
    ['1e3GiB', undefined],
    ['GiB', undefined],
    ['', undefined],
  ]
  test.each(cases)('%j is %s bytes', (text, wantBytes) => {
    expect(parseSize(text)).toBe(wantBytes)
  })
})
