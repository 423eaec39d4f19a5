import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containsScope, formatScope, parseScope, parseScopes, pullScope } from '../../src/oci/scope.ts'

const scope = (type: string, name: string, ...actions: string[]) => ({ type, name, actions })

describe('parseScopes', () => {
  test.each([
    { text: 'repository:a/b:pull', want: [scope('repository', 'a/b', 'pull')] },
    { text: 'repository:a:pull,push', want: [scope('repository', 'a', 'pull', 'push')] },
    { text: 'repository:h.example:5000/a:pull', want: [scope('repository', 'h.example:5000/a', 'pull')] },
    { text: 'repository(plugin):a:pull', want: [scope('repository(plugin)', 'a', 'pull')] },
    { text: 'registry:catalog:*', want: [scope('registry', 'catalog', '*')] },
    {
      text: ' repository:a:pull  repository:b:pull ',
      want: [scope('repository', 'a', 'pull'), scope('repository', 'b', 'pull')],
    },
    { text: 'repository:a:', want: [scope('repository', 'a')] },
    { text: 'repository:a:pull,,push,', want: [scope('repository', 'a', 'pull', 'push')] },
    {
      text: ['repository:a:pull', 'repository:b:pull registry:c:*'],
      want: [scope('repository', 'a', 'pull'), scope('repository', 'b', 'pull'), scope('registry', 'c', '*')],
    },
    { text: '', want: [] },
    { text: 'openid', want: [] },
    { text: 'repository:a', want: [] },
    { text: 'repository::pull', want: [] },
    { text: ':a:pull', want: [] },
    { text: '::', want: [] },
    { text: 'openid repository:a:pull', want: [scope('repository', 'a', 'pull')] },
  ])('reads $text', ({ text, want }) => {
    expect(parseScopes(text)).toEqual(want)
  })

  test('what is written is read again', () => {
    const word = fc.stringMatching(/^[a-z0-9./-]+$/)
    fc.assert(
      fc.property(word, fc.array(word, { minLength: 1 }), fc.array(word), (type, names, actions) => {
        const written = { type, name: names.join(':'), actions }
        expect(parseScope(formatScope(written))).toEqual(written)
      }),
    )
  })

  test('a pull is written as clients write it', () => {
    expect(formatScope(pullScope('library/alpine'))).toBe('repository:library/alpine:pull')
  })
})

describe('containsScope', () => {
  test.each([
    { granted: 'repository:a:pull', asked: 'repository:a:pull', want: true },
    { granted: 'repository:a:pull,push', asked: 'repository:a:pull', want: true },
    { granted: 'repository:a:*', asked: 'repository:a:pull', want: true },
    { granted: 'repository:a:pull repository:a:push', asked: 'repository:a:pull,push', want: true },
    { granted: 'repository:a:pull', asked: 'repository:a:', want: true },
    { granted: '', asked: 'repository:a:', want: false },
    { granted: 'repository:a:pull', asked: 'repository:a:pull,push', want: false },
    { granted: 'repository:a:pull', asked: 'repository:a:*', want: false },
    { granted: 'repository:a:pull', asked: 'repository:b:pull', want: false },
    { granted: 'repository:a:pull', asked: 'repository(plugin):a:pull', want: false },
    { granted: 'repository:a/b:pull', asked: 'repository:a:pull', want: false },
  ])('"$granted" contains "$asked": $want', ({ granted, asked, want }) => {
    const [wanted = scope('', '')] = parseScopes(asked)
    expect(containsScope(parseScopes(granted), wanted)).toBe(want)
  })

  test('what is granted is each of its actions and no other, however it is divided', () => {
    const actions = fc.uniqueArray(fc.constantFrom('pull', 'push', 'delete'))
    const name = fc.constantFrom('a', 'a/b', 'ab', 'b')
    fc.assert(
      fc.property(name, name, actions, actions, actions, (granted, asked, first, second, wanted) => {
        const grants = [scope('repository', granted, ...first), scope('repository', granted, ...second)]
        const isGranted =
          granted === asked && wanted.every((action) => [...first, ...second].includes(action))
        expect(containsScope(grants, scope('repository', asked, ...wanted))).toBe(isGranted)
      }),
    )
  })
})
