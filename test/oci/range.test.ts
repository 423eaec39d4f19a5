import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentRange, parseContentRange, parseRange, unsatisfiedContentRange } from '../../src/oci/range.ts'

const WHOLE = { kind: 'whole' }
const UNSATISFIABLE = { kind: 'unsatisfiable' }
const part = (start: number, end: number) => ({ kind: 'part', start, end, openEnded: false })
const openPart = (start: number, end: number) => ({ kind: 'part', start, end, openEnded: true })
const HUGE = '9'.repeat(400)

describe('(d24) parseRange', () => {
  test.each([
    { header: undefined, size: 10, want: WHOLE },
    { header: 'bytes=0-3', size: undefined, want: WHOLE },
    { header: 'bytes=0-0', size: 10, want: part(0, 0) },
    { header: 'bytes=2-5', size: 10, want: part(2, 5) },
    { header: 'bytes=9-9', size: 10, want: part(9, 9) },
    { header: 'bytes=0-9', size: 10, want: part(0, 9) },
    { header: 'bytes=5-', size: 10, want: openPart(5, 9) },
    { header: 'bytes=0-', size: 10, want: openPart(0, 9) },
    { header: 'bytes=5-99', size: 10, want: part(5, 9) },
    { header: `bytes=5-${HUGE}`, size: 10, want: part(5, 9) },
    { header: 'bytes=-3', size: 10, want: part(7, 9) },
    { header: 'bytes=-99', size: 10, want: part(0, 9) },
    { header: `bytes=-${HUGE}`, size: 10, want: part(0, 9) },
    { header: 'bytes=000-001', size: 10, want: part(0, 1) },
    { header: 'Bytes=0-1', size: 10, want: part(0, 1) },
    { header: ' bytes= 0-1\t', size: 10, want: part(0, 1) },

    { header: 'bytes=10-', size: 10, want: UNSATISFIABLE },
    { header: 'bytes=10-20', size: 10, want: UNSATISFIABLE },
    { header: `bytes=${HUGE}-`, size: 10, want: UNSATISFIABLE },
    { header: 'bytes=-0', size: 10, want: UNSATISFIABLE },
    { header: 'bytes=0-', size: 0, want: UNSATISFIABLE },
    { header: 'bytes=0-0', size: 0, want: UNSATISFIABLE },
    { header: 'bytes=-5', size: 0, want: WHOLE },

    { header: '', size: 10, want: WHOLE },
    { header: 'bytes', size: 10, want: WHOLE },
    { header: 'bytes=', size: 10, want: WHOLE },
    { header: 'bytes=-', size: 10, want: WHOLE },
    { header: 'bytes=5', size: 10, want: WHOLE },
    { header: 'bytes=5-3', size: 10, want: WHOLE },
    { header: 'bytes=0-1,4-5', size: 10, want: WHOLE },
    { header: 'bytes=0-1,', size: 10, want: WHOLE },
    { header: 'bytes=0 - 1', size: 10, want: WHOLE },
    { header: 'bytes=+0-1', size: 10, want: WHOLE },
    { header: 'bytes=0x0-0x1', size: 10, want: WHOLE },
    { header: 'bytes=1e0-2', size: 10, want: WHOLE },
    { header: 'bytes=--1', size: 10, want: WHOLE },
    { header: 'bytes=0.5-1', size: 10, want: WHOLE },
    { header: 'bytes=٠-١', size: 10, want: WHOLE },
    { header: 'items=0-1', size: 10, want: WHOLE },
    { header: '0-1', size: 10, want: WHOLE },
  ])('$header of $size bytes', ({ header, size, want }) => {
    expect(parseRange(header, size)).toEqual(want)
  })

  test('a part is always inside the content', () => {
    const digits = fc.oneof(fc.constant(''), fc.nat(30).map(String), fc.constant(HUGE))
    fc.assert(
      fc.property(digits, digits, fc.nat(20), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size)
        if (range.kind !== 'part') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.start).toBeLessThanOrEqual(range.end)
        expect(range.end).toBeLessThan(size)
      }),
    )
  })
})

test('a part has what slicing the content has', () => {
  const bytes = Array.from({ length: 20 }, (_, at) => at)
  const end = fc.option(fc.nat(30), { nil: undefined })
  fc.assert(
    fc.property(fc.nat(20), fc.option(fc.nat(30), { nil: undefined }), end, (size, first, last) => {
      const content = bytes.slice(0, size)
      const range = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, size)
      const isMeant = first === undefined ? last !== undefined : first <= (last ?? first)
      const wanted =
        first === undefined
          ? content.slice(Math.max(0, size - (last ?? 0)))
          : content.slice(first, (last ?? 30) + 1)
      if (range.kind === 'part') expect(content.slice(range.start, range.end + 1)).toEqual(wanted)
      if (range.kind === 'unsatisfiable') expect([isMeant, wanted]).toEqual([true, []])
      // The last bytes of nothing are all of it, and no Content-Range can say so.
      if (range.kind === 'whole') expect(isMeant && !(first === undefined && size === 0)).toBe(false)
    }),
  )
})

describe('Content-Range', () => {
  test('is written for a part and for a refusal', () => {
    expect(contentRange({ start: 2, end: 5 }, 10)).toBe('bytes 2-5/10')
    expect(unsatisfiedContentRange(10)).toBe('bytes */10')
  })

  test.each([
    { header: 'bytes 0-0/123', want: { start: 0, end: 0, sizeBytes: 123 } },
    { header: 'Bytes 5-9/10 ', want: { start: 5, end: 9, sizeBytes: 10 } },
    { header: 'bytes 5-9/*', want: { start: 5, end: 9, sizeBytes: undefined } },
    { header: undefined, want: undefined },
    { header: '', want: undefined },
    { header: 'bytes */10', want: undefined },
    { header: 'bytes 5-4/10', want: undefined },
    { header: 'bytes 5-10/10', want: undefined },
    { header: 'bytes 5-/10', want: undefined },
    { header: 'bytes=5-9/10', want: undefined },
    { header: 'bytes 5-9', want: undefined },
    { header: 'items 5-9/10', want: undefined },
    { header: `bytes 0-${HUGE}/*`, want: undefined },
    { header: `bytes 0-1/${HUGE}`, want: undefined },
  ])('$header is read', ({ header, want }) => {
    expect(parseContentRange(header)).toEqual(want)
  })

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (start, more, rest) => {
        const written = contentRange({ start, end: start + more }, start + more + rest + 1)
        expect(parseContentRange(written)).toEqual({
          start,
          end: start + more,
          sizeBytes: start + more + rest + 1,
        })
      }),
    )
  })
})
