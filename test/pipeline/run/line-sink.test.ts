import { expect, test } from 'vitest'
import { LineSink } from '../../../src/pipeline/run/line-sink.ts'

function told(write: (sink: LineSink) => void): readonly string[] {
  const lines: string[] = []
  const sink = new LineSink((stream, line) => lines.push(`${stream} ${line}`))
  write(sink)
  sink.end()
  return lines
}

test('a log is told line by line, each stream for itself, however it was cut', () => {
  const lines = told((sink) => {
    sink.write(Buffer.from('one\ntw'), 'stdout')
    sink.write(Buffer.from('wrong\r\n'), 'stderr')
    sink.write(Buffer.from('o\n\nlast'), 'stdout')
  })
  expect(lines).toEqual(['stdout one', 'stderr wrong', 'stdout two', 'stdout ', 'stdout last'])
})

test('a line without an end is told in pieces', () => {
  const lines = told((sink) => {
    for (let count = 0; count < 5; count++) sink.write(Buffer.from('x'.repeat(50_000)), 'stdout')
  })
  expect(lines.map((line) => line.length - 'stdout '.length)).toEqual([65_536, 65_536, 65_536, 53_392])
})
