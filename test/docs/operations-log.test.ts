import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findLoggedTrouble } from './log-events.ts'

const ROW = /^\| `([a-z_.]+)` +\| (warn|error) +\| \S.* \| \S.*\|$/

function documentedTrouble() {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  return text.split('\n').flatMap((line) => {
    const [, event, level] = ROW.exec(line) ?? []
    return event === undefined ? [] : [`${event} ${level}`]
  })
}

describe('docs/operations.md', () => {
  test('explains every event that is logged as a warning or an error, and no other', () => {
    const logged = findLoggedTrouble().map(({ event, level }) => `${event} ${level}`)
    expect(documentedTrouble().sort()).toEqual(logged)
  })
})
