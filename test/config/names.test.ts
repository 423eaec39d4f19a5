import { describe, expect, test } from 'vitest'
import {
  aliasMistake,
  groupPathMistake,
  isRecognisedInPaths,
  upstreamNameMistake,
} from '../../src/config/names.ts'

describe('names', () => {
  const tables: [
    what: string,
    mistakeIn: (name: string) => string | undefined,
    good: string[],
    bad: string[],
  ][] = [
    [
      'upstreams',
      upstreamNameMistake,
      ['docker.io', 'ghcr.io', 'localhost', 'registry.example:5000', 'registry:5000', '10.0.0.1:80'],
      [
        '',
        'a b',
        'https://ghcr.io',
        'ghcr.io/',
        '-a.io',
        'a..b',
        'a:65536',
        'index.docker.io',
        'registry-1.docker.io',
      ],
    ],
    [
      'groups',
      groupPathMistake,
      ['default', 'acme', 'acme/web', 'acme/web-2/a_b.c'],
      ['', '/acme', 'acme/', 'a//b', '-a', 'acme/dependency_proxy', 'a b', 'x'.repeat(256)],
    ],
    [
      'aliases',
      aliasMistake,
      ['hub', 'my-hub', 'hub_2'],
      ['', 'Hub', 'hub.io', 'a/b', 'a:1', 'library', 'localhost', 'v2', 'dependency_proxy'],
    ],
  ]
  describe.each(tables)('of %s', (_, mistakeIn, good, bad) => {
    test.each(good)('%j is one', (name) => {
      expect(mistakeIn(name)).toBeUndefined()
    })
    test.each(bad)('%j is refused', (name) => {
      expect(mistakeIn(name)).toEqual(expect.stringMatching(/\w+ \w+/))
    })
  })

  test.each([
    ['ghcr.io', true],
    ['localhost', true],
    ['registry', false],
    ['registry.example:5000', false],
  ])('%s is recognised in image paths: %s', (name, want) => {
    expect(isRecognisedInPaths(name)).toBe(want)
  })
})
