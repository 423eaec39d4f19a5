import { expect, test } from 'vitest'
import { Demultiplexer } from '../../../src/executor/docker/demultiplex.ts'

function frame(stream: 1 | 2, text: string): Buffer {
  const content = Buffer.from(text)
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(content.length, 4)
  return Buffer.concat([header, content])
}

const LONG = 'x'.repeat(300)
const BYTES = Buffer.concat([
  frame(1, 'out'),
  frame(2, 'trouble'),
  frame(1, ''),
  frame(1, LONG),
  frame(2, 'é'),
])

test.each([1, 2, 3, 7, 8, 9, 11, 64, 1000])('takes outputs apart that come in pieces of %i bytes', (size) => {
  const seen = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const frames = new Demultiplexer((chunk, stream) => seen[stream].push(chunk))
  for (let at = 0; at < BYTES.length; at += size) frames.push(BYTES.subarray(at, at + size))
  expect(Buffer.concat(seen.stdout).toString()).toBe(`out${LONG}`)
  expect(Buffer.concat(seen.stderr).toString()).toBe('troubleé')
})

test('passes content on before its frame ends', () => {
  const seen: string[] = []
  const frames = new Demultiplexer((chunk) => seen.push(chunk.toString()))
  frames.push(frame(1, 'hello').subarray(0, 10))
  expect(seen).toEqual(['he'])
})
