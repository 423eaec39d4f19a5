import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { namesOfTests } from './named-tests.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
/** `test/x.test.ts`: "name". */
const NAMED = /`(test\/[^`]+\.test\.ts)`: "([^"]+)"/g

const named = [...PAGE.matchAll(NAMED)].map(([, file = '', name = '']) => ({ file, name }))

describe('SECURITY.md', () => {
  test('names tests', () => {
    expect(named.length).toBeGreaterThan(40)
  })

  test.each(named)('$file has "$name"', ({ file, name }) => {
    expect([...namesOfTests(join(ROOT, file))]).toContain(name)
  })

  test('names files and folders that are there', () => {
    const paths = [...PAGE.matchAll(/`((?:test|docs|src)\/[^`]+)`/g)].map(([, path = '']) => path)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('has a test for every line that says what somebody tries', () => {
    const lines = PAGE.split('\n')
    const bare = lines.filter((line, index) => isTry(lines, index) && line.match(NAMED) === null)
    expect(bare).toEqual([])
  })
})

/** A row of a table whose head says "It tries to". */
function isTry(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? ''
  if (!line.startsWith('|') || /^\| (It tries to|---)/.test(line)) return false
  const head = lines.slice(0, index).findLastIndex((other) => !other.startsWith('|'))
  return lines[head + 1]?.startsWith('| It tries to') === true
}
