import { expect, test } from 'vitest'
import { surplusCaches } from '../../../../src/executor/stages/caches/surplus-caches.ts'

const NOW = 100

/** Of 10 bytes each: `a30` was used at 30, `a30!` is in a container. */
function cachesOf(written: string) {
  return written.split(' ').map((word) => ({
    name: word,
    sizeBytes: word.startsWith('empty') ? 0 : 10,
    isInUse: word.endsWith('!'),
    usedAtMs: Number(/\d+/.exec(word)?.[0]),
  }))
}

test.each([
  ['all fit', 'a30 b10 c20', 30, undefined, ''],
  ['the least recently used go for room', 'a30 b10 c20', 20, undefined, 'b10'],
  ['as many as are needed', 'a30 b10 c20', 19, undefined, 'b10 c20'],
  ['one that is larger than all may be goes too', 'a30', 9, undefined, 'a30'],
  ['one in use stays, and takes its room', 'a30 b10! c20', 20, undefined, 'c20'],
  ['all in use stay', 'a30! b10!', 0, 0, ''],
  ['what takes nothing makes no room', 'a30 empty10 c20', 10, undefined, 'c20'],
  ['those that are too old go', 'a30 b10 c20', 1000, 75, 'b10 c20'],
  ['those that are just not too old stay', 'a30 b10 c20', 1000, 90, ''],
  ['too old, and in use', 'a30 b10! c20', 1000, 75, 'c20'],
  ['empty ones grow old, too', 'a30 empty10', 1000, 75, 'empty10'],
  ['what is too old makes room for the others', 'a30 b10 c20', 20, 85, 'b10'],
])('%s', (_, written, maxBytes, maxAgeMs, want) => {
  const surplus = surplusCaches(cachesOf(written), { maxBytes, maxAgeMs }, NOW)
  expect(surplus.map(({ name }) => name).join(' ')).toBe(want)
})
