import { EVENT_ID, getScalarValue } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { LineTable } from '../../src/yaml/line-table.ts'
import { readEvents } from '../../src/yaml/read-events.ts'

/** Every scalar with its line and column. */
function scalarsOf(text: string): readonly string[] {
  const read = readEvents(text)
  if ('message' in read) throw new Error(read.message)
  const lines = new LineTable(text)
  return read.events.flatMap((event) => {
    if (event.type !== EVENT_ID.SCALAR) return []
    const { line, column } = lines.at(read.offsetBefore(event.valueStart))
    return `${line}:${column} ${getScalarValue(read.text, event)}`
  })
}

function mistakeOf(text: string): string {
  const read = readEvents(text)
  if (!('message' in read)) throw new Error('it was read')
  const { line, column } = new LineTable(text).at(read.offset)
  return `${line}:${column} ${read.message}`
}

// What libyaml 0.2.5 takes, though the specification does not.
describe('within brackets and quotes a line may begin anywhere', () => {
  test.each([
    {
      name: 'a bracket that closes',
      text: 'a: [\n  b,\n]\nc: d\n',
      want: ['1:1 a', '2:3 b', '4:1 c', '4:4 d'],
    },
    { name: 'items', text: 'x:\n  - [\nb,\n  c]\n', want: ['1:1 x', '3:1 b', '4:3 c'] },
    { name: 'a map', text: 'x:\n  a: {\n  b: c\n}\n', want: ['1:1 x', '2:3 a', '3:3 b', '3:6 c'] },
    { name: 'tabs', text: 'x: [\n\ta,\n\tb\n]\n', want: ['1:1 x', '2:2 a', '3:2 b'] },
    {
      name: 'quotes',
      text: 'x:\n  a: "b\nc"\nd: e\n',
      want: ['1:1 x', '2:3 a', '2:7 b c', '4:1 d', '4:4 e'],
    },
    { name: 'quotes in brackets', text: "x: ['b\nc', 'd\ne']\n", want: ['1:1 x', '1:6 b c', '2:6 d e'] },
    { name: 'comments', text: 'x: [\n# no ]\nb\n]\n', want: ['1:1 x', '3:1 b'] },
    { name: 'line ends of Windows', text: 'x: [\r\nb\r\n]\r\n', want: ['1:1 x', '2:1 b'] },
    {
      name: 'far on the right',
      text: `${' '.repeat(400)}a: [\n]\n`,
      want: ['1:401 a'],
    },
    {
      name: 'hundreds of lines',
      text: `a: [\n${'"b",\n'.repeat(300)}]\n`,
      want: ['1:1 a', ...Array.from({ length: 300 }, (_, line) => `${line + 2}:2 b`)],
    },
  ])('$name', ({ text, want }) => {
    expect(scalarsOf(text)).toEqual(want)
  })

  test.each([
    ['a bracket', 'a: [b,\nc: d\n', '2:1 a quote or a bracket before this place is not closed'],
    ['a quote', 'a: "b\nc: d\ne: f\n', '2:1 a quote or a bracket before this place is not closed'],
    ['a brace', 'a: {b: [c]\n\nd:\n  e: f\n', '3:1 a quote, bracket, comma or colon is missing around here'],
  ])('%s that never closes is told where it is missed first', (_, text, want) => {
    expect(mistakeOf(text)).toBe(want)
  })

  test.each(['- {\ta: &b *b\n', "\n  - \t!reference [...\n\n  !t c: {d: e}\n'\n- ", '-\t{]\nkey:\n  - g\n'])(
    'what no copy can mend is refused: %j',
    (text) => {
      expect(mistakeOf(text)).toMatch(/^\d+:\d+ ./)
    },
  )

  test('what is wrong elsewhere is told where it is', () => {
    expect(mistakeOf('a: [\n]\nb:\n\tc: d\n')).toBe('4:1 YAML is indented with spaces, not with tabs')
  })

  test.each([
    ['with quotes', '"b",\n'],
    ['without', 'b,\n'],
  ])('so many lines %s that it would take long are refused', (_, line) => {
    expect(mistakeOf(`a: [\n${line.repeat(100_000)}]\n`)).toBe(
      '2:1 a quote or a bracket before this place is not closed',
    )
  })
})

describe('what is no YAML is told with its place, and nothing of it is quoted', () => {
  test.each([
    ['a:\n\tb: c\n', '2:1 YAML is indented with spaces, not with tabs'],
    [
      'a:\n  b: 1\n   c: 2\n',
      '3:5 the indentation does not fit the lines around it, or a colon is missing there',
    ],
    ['a:\n  - b\n  c: d\n', '3:3 the indentation does not fit the lines around it'],
    ['- - a\n - b\n', '2:2 the indentation does not fit the lines around it'],
    ['a: b: c\n', '1:5 a value with ": " in it is written in quotes'],
    ['a: @b\n', '1:4 a value that begins with @ is written in quotes'],
    ['- `b`\n', '1:3 a value that begins with ` is written in quotes'],
    ['a: %b\n', '1:4 a value that begins with % is written in quotes'],
    ['a: ]\n', '1:4 a value that begins with ] is written in quotes'],
    ['a: *\n', '1:5 a value that begins with * is written in quotes'],
    ['a: & b\n', '1:5 a value that begins with & is written in quotes'],
    ['a: !e!b c\n', '1:8 a value that begins with ! is written in quotes'],
    ['a: >b\n', '1:5 a value that begins with | or > is written in quotes'],
    ['a: [b c: d e: f]\n', '1:13 a quote, bracket, comma or colon is missing around here'],
    ['a: [b,, c]\n', '1:7 a value is missing before this comma'],
    ['a: "b', '1:6 a quote or a bracket before this place is not closed'],
    ['a: "b" c\n', '1:8 something stands behind a value that is complete: should it be in quotes?'],
    ['{a: b}}\n', '1:7 something stands behind a value that is complete: should it be in quotes?'],
    ['a: - b\n', '1:4 a list begins in the line below its key'],
    ['a: b\nc\nd: e\n', '3:2 a colon is missing after this key, or a quote around the value'],
    ['a: b\n"c":d\n', '2:5 a space is missing after this colon'],
    ['a: "\\q"\n', '1:6 this is no escape of YAML: a backslash in double quotes is written twice'],
    ['a: "\\xg"\n', '1:7 this is no escape of YAML: a backslash in double quotes is written twice'],
    ['a: b\u0000\n', '1:5 a control character stands here'],
    ['a: b\u0007\n', '1:5 a control character stands here'],
    ['a: "b\u0007"\n', '1:6 a control character stands here'],
    ['a: &b &c d\n', '1:7 this is not valid YAML (duplication of an anchor property)'],
  ])('%j', (text, want) => {
    expect(mistakeOf(text)).toBe(want)
  })
})
