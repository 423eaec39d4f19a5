import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatBearerChallenge, parseChallenges } from '../../src/oci/challenge.ts'

function read(header: string | readonly string[]) {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
}

describe('parseChallenges', () => {
  test.each([
    {
      name: 'Docker Hub',
      header:
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      want: [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        ],
      ],
    },
    { name: 'Basic', header: 'Basic realm="Registry"', want: [['basic', { realm: 'Registry' }]] },
    {
      name: 'several in one header',
      header: 'Basic realm="a, b", Bearer realm="c",service="d"',
      want: [
        ['basic', { realm: 'a, b' }],
        ['bearer', { realm: 'c', service: 'd' }],
      ],
    },
    {
      name: 'the example of the specification',
      header: 'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      want: [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    },
    {
      name: 'several headers',
      header: ['Basic realm=x', 'BEARER Realm="y"'],
      want: [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    },
    {
      name: 'spaces around "="',
      header: 'Bearer realm = "x" , service\t=\ty',
      want: [['bearer', { realm: 'x', service: 'y' }]],
    },
    {
      name: 'spaces for commas',
      header: 'Bearer realm="x" service="y"',
      want: [['bearer', { realm: 'x', service: 'y' }]],
    },
    {
      name: 'values without quotes',
      header: 'Bearer realm=https://a.example/t?x=y,service=s',
      want: [['bearer', { realm: 'https://a.example/t?x=y', service: 's' }]],
    },
    {
      name: 'token68',
      header: 'Negotiate a87421000492aa874209af8bc028==, Basic realm="x"',
      want: [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    },
    {
      name: 'schemes alone',
      header: 'Negotiate, NTLM',
      want: [
        ['negotiate', {}],
        ['ntlm', {}],
      ],
    },
    {
      name: 'a missing comma between challenges',
      header: 'Basic realm="x" Bearer realm="y"',
      want: [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    },
    { name: 'empty members', header: ' ,, Basic ,, realm="x",,', want: [['basic', { realm: 'x' }]] },
    {
      name: 'an empty value',
      header: 'Bearer realm="",service=""',
      want: [['bearer', { realm: '', service: '' }]],
    },
    { name: 'the first of two', header: 'Bearer realm="a",realm="b"', want: [['bearer', { realm: 'a' }]] },
    { name: 'an unclosed quote', header: 'Bearer realm="a, b', want: [['bearer', { realm: 'a, b' }]] },
    { name: 'a backslash at the end', header: 'Bearer realm="a\\', want: [['bearer', { realm: 'a' }]] },
    { name: 'escapes', header: 'Bearer realm="a\\\\\\"b\\c"', want: [['bearer', { realm: 'a\\"bc' }]] },
    { name: 'parameters without a scheme', header: 'realm="x",service="y"', want: [] },
    { name: 'a lone string', header: '"a, Basic", Bearer realm="x"', want: [['bearer', { realm: 'x' }]] },
    { name: 'noise', header: '==;()@ Bearer realm="x"', want: [['bearer', { realm: 'x' }]] },
    { name: 'nothing', header: '', want: [] },
    { name: 'no header', header: [], want: [] },
  ])('reads $name', ({ header, want }) => {
    expect(read(header)).toEqual(want)
  })

  test('never throws and always ends', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'"\\,= \tBearer/+\n\u0000ä'), maxLength: 200 })
    fc.assert(
      fc.property(noise, (header) => {
        expect(parseChallenges(header).every(({ scheme }) => /^[^\s,="]+$/.test(scheme))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    { name: 'spaces', unit: ' ' },
    { name: 'quotes', unit: '"' },
    { name: 'backslashes', unit: '"\\' },
    { name: 'equals signs', unit: '=' },
    { name: 'letters', unit: 'a' },
    { name: 'schemes', unit: 'a ' },
    { name: 'almost token68', unit: 'a== ' },
    { name: 'open parameters', unit: 'a="' },
  ])('a long header of $name ends well before the test times out', ({ unit }) => {
    const header = `Bearer, ${unit.repeat(200_000 / unit.length)};`
    expect(parseChallenges(header)[0]?.scheme).toBe('bearer')
  })
})

describe('formatBearerChallenge', () => {
  test('has what GitLab sends', () => {
    expect(formatBearerChallenge({ realm: 'http://a/jwt/auth', service: 'dependency_proxy' })).toBe(
      'Bearer realm="http://a/jwt/auth",service="dependency_proxy"',
    )
  })

  test('has scope and error when given', () => {
    expect(
      formatBearerChallenge({ realm: 'r', service: 's', scope: 'repository:a:pull', error: 'invalid_token' }),
    ).toBe('Bearer realm="r",service="s",scope="repository:a:pull",error="invalid_token"')
  })

  test('lets nothing out of its quotes', () => {
    expect(formatBearerChallenge({ realm: 'a"b\\c\r\nX: y\u0000ä', service: '' })).toBe(
      'Bearer realm="a\\"b\\\\cX: y",service=""',
    )
  })

  test('what is written is read again', () => {
    const text = fc.string({ unit: 'grapheme-ascii' })
    fc.assert(
      fc.property(text, text, text, (realm, service, scope) => {
        expect(read(formatBearerChallenge({ realm, service, scope }))).toEqual([
          ['bearer', { realm, service, scope }],
        ])
      }),
    )
  })
})
