import { expect, test } from 'vitest'
import { printable } from '../../src/server/printable.ts'

test.each([
  ['plain text, ünïcode', 'plain text, ünïcode'],
  ['a\nb\r', 'a\\x0ab\\x0d'],
  ['\u001b[31mred', '\\x1b[31mred'],
  ['\u009b2J', '\\x9b2J'],
  [undefined, ''],
])('%j is shown as %s', (text, want) => {
  expect(printable(text)).toBe(want)
})
