import { describe, expect, test } from 'vitest'
import { parseReference, parseRepository, type Tag } from '../../src/oci/reference.ts'
import { compileTagTtl, type TagTtlRule } from '../../src/server/tag-ttl.ts'

const DEFAULT_MS = 60_000
const DAY_MS = 86_400_000

const RULES: TagTtlRule[] = [
  { upstream: 'docker.io', repository: 'library/*', tag: '[0-9]*', ttlMs: DAY_MS },
  { upstream: 'docker.io', repository: 'library/app', tag: '*', ttlMs: 5_000 },
  { upstream: 'docker.io', repository: 'acme/**', tag: 'edge', ttlMs: 0 },
  { upstream: 'ghcr.io', repository: '**', tag: '*', ttlMs: 1 },
]

function tag(text: string): Tag {
  const reference = parseReference(text)
  if (reference.kind !== 'tag') throw new Error(`${text} is no tag`)
  return reference.tag
}

describe('the first rule that matches decides', () => {
  const cases: [upstream: string, repository: string, tag: string, ttlMs: number][] = [
    ['docker.io', 'library/app', '1.2', DAY_MS],
    ['docker.io', 'library/app', 'latest', 5_000],
    ['docker.io', 'library/other', 'latest', DEFAULT_MS],
    ['docker.io', 'library/deep/app', '1.2', DEFAULT_MS],
    ['docker.io', 'acme/deep/app', 'edge', 0],
    ['docker.io', 'acme/app', 'stable', DEFAULT_MS],
    ['ghcr.io', 'library/app', '1.2', 1],
    ['quay.io', 'library/app', '1.2', DEFAULT_MS],
  ]
  test.each(cases)('%s/%s:%s', (upstream, repository, text, ttlMs) => {
    const ttlOf = compileTagTtl(upstream, DEFAULT_MS, RULES)
    expect(ttlOf(parseRepository(repository), tag(text))).toBe(ttlMs)
    expect(ttlOf(parseRepository(repository), tag(text)), 'asked again').toBe(ttlMs)
  })
})

test('what is remembered of one tag says nothing of another', () => {
  const ttlOf = compileTagTtl('docker.io', DEFAULT_MS, RULES)
  const app = parseRepository('library/app')
  const other = parseRepository('library/app2')
  const all = () => [
    ttlOf(app, tag('1')),
    ttlOf(app, tag('a')),
    ttlOf(other, tag('1')),
    ttlOf(other, tag('a')),
  ]
  expect(all()).toEqual([DAY_MS, 5_000, DAY_MS, DEFAULT_MS])
  expect(all()).toEqual([DAY_MS, 5_000, DAY_MS, DEFAULT_MS])
})
