import { describe, expect, test } from 'vitest'
import { LineCutter } from '../../../src/executor/docker/line-cutter.ts'

function linesOf(text: Buffer, pieceBytes: number): string[] {
  const lines: string[] = []
  const cutter = new LineCutter((line) => lines.push(line))
  for (let at = 0; at < text.length; at += pieceBytes) cutter.push(text.subarray(at, at + pieceBytes))
  cutter.end()
  return lines
}

describe('lines of a service', () => {
  test.each([1, 2, 3, 100])('do not depend on how they come: %d bytes at once', (pieceBytes) => {
    const text = Buffer.from('one\n\nzwölf\r\nthe last')
    expect(linesOf(text, pieceBytes)).toEqual(['one', '', 'zwölf', 'the last'])
  })

  test('of no end are told in pieces', () => {
    const lines = linesOf(Buffer.alloc(40 * 1024, 'x'), 1000)
    expect(lines.map((line) => line.length)).toEqual([16384, 16384, 8192])
  })
})
