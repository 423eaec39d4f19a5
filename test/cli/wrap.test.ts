import { expect, test } from 'vitest'
import { wrap } from '../../src/cli/wrap.ts'

test.each<{ name: string; text: string; first?: string; want: string[] }>([
  { name: 'what fits is one line', text: 'one two six', want: ['one two six'] },
  { name: 'what does not is broken between words', text: 'one two sixteen', want: ['one two', 'sixteen'] },
  {
    name: 'a long word has a line of its own',
    text: 'a fourteen-chars b',
    want: ['a', 'fourteen-chars', 'b'],
  },
  {
    name: 'later lines are indented as the first begins',
    text: 'one two six',
    first: '- ',
    want: ['- one two', '  six'],
  },
  { name: 'nothing is one empty line', text: '', want: [''] },
])('$name', ({ text, first, want }) => {
  expect(wrap(text, 11, first)).toEqual(want)
})
