import { describe, expect, test } from 'vitest'
import { printableLine, printableText } from '../../../../src/cli/run/view/printable-line.ts'

const RED = '\u001b[31m'
const RESET = '\u001b[0m'

describe('a line of a log among those of others', () => {
  test.each([
    { name: 'plain text', text: 'hello', shown: 'hello', plain: 'hello' },
    { name: 'colours, which end with the line', text: `${RED}hot`, shown: `${RED}hot${RESET}`, plain: 'hot' },
    { name: 'a bar that was drawn again and again', text: '10%\r50%\r100%', shown: '100%', plain: '100%' },
    { name: 'a bar that ends in a return', text: '10%\r100%\r', shown: '100%', plain: '100%' },
    { name: 'a line that was taken back', text: 'wait\r\u001b[Kdone', shown: 'done', plain: 'done' },
    { name: 'the line end of another system', text: 'dir\r', shown: 'dir', plain: 'dir' },
    { name: 'a cursor that goes up', text: 'a\u001b[3Ab', shown: 'ab', plain: 'ab' },
    { name: 'a screen that is cleared', text: '\u001b[2J\u001b[Hx', shown: 'x', plain: 'x' },
    { name: 'another screen, a hidden cursor', text: '\u001b[?1049h\u001b[?25lx', shown: 'x', plain: 'x' },
    { name: 'a title of the window', text: '\u001b]0;owned\u0007x', shown: 'x', plain: 'x' },
    { name: 'a link', text: '\u001b]8;;http://a\u001b\\x\u001b]8;;\u001b\\', shown: 'x', plain: 'x' },
    { name: 'a text for the terminal itself', text: '\u001bP1$r\u001b\\x', shown: 'x', plain: 'x' },
    { name: 'sequences of one byte', text: '\u009b2Jx', shown: 'x', plain: 'x' },
    { name: 'a sequence that is cut off', text: 'x\u001b[3', shown: 'x', plain: 'x' },
    { name: 'bells and backspaces', text: 'a\u0007\u0008b', shown: 'ab', plain: 'ab' },
    { name: 'a direction that is turned', text: 'a\u202eb', shown: 'ab', plain: 'ab' },
    { name: 'tabs', text: 'a\tb', shown: 'a\tb', plain: 'a\tb' },
    { name: 'an empty line', text: '', shown: '', plain: '' },
  ])('$name', ({ text, shown, plain }) => {
    expect(printableLine(text, { hasColours: true })).toBe(shown)
    expect(printableLine(text, { hasColours: false })).toBe(plain)
  })

  test('marks of sections are not shown, what stands behind them is', () => {
    const open = 'section_start:1767225600:step_script\r\u001b[0K\u001b[36;1mExecuting\u001b[0;m'
    expect(printableLine(open, { hasColours: false })).toBe('Executing')
    expect(
      printableLine('section_end:1767225600:step_script\r\u001b[0K', { hasColours: true }),
    ).toBeUndefined()
  })

  test('names take one line and have no colours', () => {
    expect(printableText('a\n\u001b[31mb\u001b[2J\t c')).toBe('a b c')
  })
})
