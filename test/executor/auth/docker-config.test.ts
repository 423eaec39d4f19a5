import { describe, expect, test } from 'vitest'
import { readDockerConfig } from '../../../src/executor/auth/docker-config.ts'
import { findJsonTrouble } from '../../../src/executor/auth/json-trouble.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const withAuth = (auth: object) => JSON.stringify({ auths: { 'registry.example.com': auth } })

describe('config.json gives', () => {
  test.each([
    [
      'a pair in base64',
      { auth: base64('alice:s3:cret') },
      { kind: 'password', username: 'alice', password: 's3:cret' },
    ],
    [
      'a pair padded by Docker',
      { auth: base64('alice:s3cret\0\0') },
      { kind: 'password', username: 'alice', password: 's3cret' },
    ],
    [
      'a pair in the clear',
      { username: 'alice', password: 's3cret' },
      { kind: 'password', username: 'alice', password: 's3cret' },
    ],
    [
      'an identity token',
      { auth: base64('alice:x'), identitytoken: 'abc' },
      { kind: 'identity-token', token: 'abc' },
    ],
    ['a registry token', { registrytoken: 'abc' }, { kind: 'registry-token', token: 'abc' }],
  ])('%s', (_name, auth, login) => {
    expect(readDockerConfig(withAuth(auth), 'config.json').auths).toEqual([
      { key: 'registry.example.com', login, doubts: [] },
    ])
  })

  test('nothing for what `docker login` leaves beside a helper', () => {
    const config = readDockerConfig(
      '{"auths":{"a.example":{}},"credsStore":"pass","credHelpers":{"b.example":"ecr-login"},"HttpHeaders":{}}',
      'config.json',
    )
    expect(config).toEqual({
      auths: [],
      credsStore: 'pass',
      credHelpers: new Map([['b.example', 'ecr-login']]),
    })
  })

  test('.dockercfg is the list alone', () => {
    const text = JSON.stringify({
      'https://index.docker.io/v1/': { auth: base64('a:b'), email: 'a@b.example' },
    })
    expect(readDockerConfig(text, '.dockercfg').auths.map(({ key }) => key)).toEqual([
      'https://index.docker.io/v1/',
    ])
  })
})

describe('doubts are told about', () => {
  test.each([
    ['echo in place of printf', base64('alice:s3cret\n'), 'has a line break in it'],
    ['a domain escaped twice', base64('ACME\\\\alice:s3cret'), 'two backslashes'],
  ])('%s', (_name, auth, want) => {
    const [login] = readDockerConfig(withAuth({ auth }), 'config.json').auths
    expect(login?.doubts).toEqual([expect.stringContaining(want)])
    expect(login?.doubts.join()).not.toContain('s3cret')
  })
})

describe('is refused, without a word of what is in it:', () => {
  test.each([
    [
      'a comma too many',
      '{"auths": {\n  "a.example": {"auth": "czNjcmV0"},\n}}',
      'a comma stands before } (line 2, column 36)',
    ],
    ['escaped quotes', '{\\"auths\\": {}}', 'escaped once too often (line 1, column 2)'],
    ['an end too early', '{"auths": {"a.example": ', 'it ends too early (line 1, column 25)'],
    ['no object', '["a"]', 'it is not an object'],
    ['auths that are no object', '{"auths": []}', 'auths is not an object'],
    [
      'no base64',
      withAuth({ auth: 'alice:czNjcmV0' }),
      'auth in the entry of "registry.example.com" is not base64',
    ],
    ['no colon in it', withAuth({ auth: base64('czNjcmV0') }), 'there is no colon in it'],
    ['no user in it', withAuth({ auth: base64(':czNjcmV0') }), 'there is no colon in it'],
    ['a number', withAuth({ auth: 5 }), 'auth in the entry of "registry.example.com" is not a string'],
  ])('%s', (_name, text, want) => {
    const read = () => readDockerConfig(text, 'config.json')
    expect(read).toThrow(expect.objectContaining({ code: 'CREDENTIAL_SOURCE_INVALID' }))
    expect(read).toThrow(want)
    expect(read).not.toThrow(/czNjcmV0/)
  })
})

describe('the place where JSON ends', () => {
  test.each([
    ['{"a": [1, -2.5e3, true, null, "x\\n\\u00e9"], "b": {}}', undefined],
    [' [] ', undefined],
    ['[1,]', [1, 3]],
    ['{"a" 1}', [1, 6]],
    ["{'a': 1}", [1, 2]],
    ['{"a": 01}', [1, 8]],
    ['{} {}', [1, 4]],
    ['{"a": "x\ny"}', [1, 7]],
    ['', [1, 1]],
    ['['.repeat(200), [1, 102]],
  ])('%j', (text, want) => {
    const trouble = findJsonTrouble(text)
    expect(trouble === undefined ? undefined : [trouble.line, trouble.column]).toEqual(want)
  })

  test('is found wherever JSON.parse finds none', () => {
    const text = '{"auths":{"a":{"auth":"eA=="},"b":[1,2]},"c":"\\u0041"}'
    for (let at = 0; at < text.length; at++) {
      for (const put of ['', ',', '"', '}', '\\']) {
        const changed = text.slice(0, at) + put + text.slice(at + 1)
        expect(findJsonTrouble(changed) === undefined, changed).toBe(isJson(changed))
      }
    }
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
