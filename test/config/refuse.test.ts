import { describe, expect, test } from 'vitest'
import { type Given, refusalOf } from './load-from.ts'

describe('a mistake in the file is refused with its key and its place', () => {
  const cases: [yaml: string, path: string, line: number, column: number, message: RegExp][] = [
    ['listen: 5000', 'listen', 1, 1, /^expected text; write it in quotes$/],
    ['listen: []', 'listen', 1, 1, /at least one/],
    ['listen:\n  - a:1\n  - nope', 'listen[1]', 3, 5, /"nope" is not HOST:PORT/],
    ['listen: [a:1, a:1]', 'listen[1]', 1, 15, /a:1 is there twice/],
    ['listen: [a:1]\njobs: { listen: a:1 }', 'jobs.listen', 2, 9, /is an address of listen/],
    ['jobs: { listen: nope }', 'jobs.listen', 1, 9, /not HOST:PORT/],
    ['lsten: a:1', 'lsten', 1, 1, /^unknown key \(did you mean listen\?\)$/],
    ['colour: red', 'colour', 1, 1, /^unknown key$/],
    ['externalUrl: cache.example', 'externalUrl', 1, 1, /begins with http/],
    ['externalUrl: ftp://cache.example', 'externalUrl', 1, 1, /begins with http/],
    ['externalUrl: http://a/b', 'externalUrl', 1, 1, /no path/],
    ['externalUrl: http://a/?b', 'externalUrl', 1, 1, /no query/],
    ['storage: ./here', 'storage', 1, 1, /expected keys and values/],
    ['storage: { path: "" }', 'storage.path', 1, 12, /is empty/],
    ['storage: { path: 5 }', 'storage.path', 1, 12, /expected text/],
    ['storage: { maxSize: 5GB }', 'storage.maxSize', 1, 12, /not a size/],
    ['storage: { maxAge: long }', 'storage.maxAge', 1, 12, /not a duration/],
    ['storage: { highMark: 101% }', 'storage.highMark', 1, 12, /not a share/],
    ['storage: { scrubRate: fast }', 'storage.scrubRate', 1, 12, /not a size per second/],
    ['storage: { lowMark: 96% }', 'storage.lowMark', 1, 12, /above highMark/],
    ['storage: { path: a, size: 5GiB }', 'storage.size', 1, 21, /unknown key/],
    ['groups: [a]', 'groups', 1, 1, /expected names/],
    ['groups:\n  -a:', 'groups.-a', 2, 3, /named by its path/],
    ['groups:\n  Acme:\n  acme:', 'groups.acme', 2, 3, /acme is there twice/],
    ['groups: { a: { anonymous: { networks: 10.0.0.0/8 } } }', 'groups.a.anonymous.networks', 1, 29, /list/],
    [
      'groups: { a: { anonymous: { networks: [10/8] } } }',
      'groups.a.anonymous.networks[0]',
      1,
      40,
      /not a network/,
    ],
    ['groups: { a: { anonymos: {} } }', 'groups.a.anonymos', 1, 16, /did you mean anonymous/],
    ['upstreams: { index.docker.io: {} }', 'upstreams.index.docker.io', 1, 14, /name it docker.io/],
    ['upstreams: { "a b": {} }', 'upstreams.a b', 1, 14, /registry host/],
    ['upstreams:\n  new.example:', 'upstreams.new.example.url', 2, 3, /is missing: only built-in/],
    ['upstreams: { quay.io: { url: quay.io } }', 'upstreams.quay.io.url', 1, 25, /begins with http/],
    ['upstreams: { quay.io: { url: "http:quay.io" } }', 'upstreams.quay.io.url', 1, 25, /begins with http/],
    ['upstreams: { quay.io: { url: "https://quay.io/?a=b" } }', 'upstreams.quay.io.url', 1, 25, /no query/],
    ['upstreams: { quay.io: { username: 7 } }', 'upstreams.quay.io.username', 1, 25, /in quotes/],
    [
      'upstreams: { quay.io: { username: a } }',
      'upstreams.quay.io.username',
      1,
      25,
      /ENTREPOT_UPSTREAM_QUAY_IO_PASSWORD/,
    ],
    [
      'upstreams: { quay.io: { passwordFile: entrepot.yaml } }',
      'upstreams.quay.io.passwordFile',
      1,
      25,
      /needs a username/,
    ],
    [
      'upstreams: { quay.io: { password: a } }',
      'upstreams.quay.io.password',
      1,
      25,
      /did you mean passwordFile/,
    ],
    ['upstreams: { quay.io: { tagTtl: 60 } }', 'upstreams.quay.io.tagTtl', 1, 25, /expected text/],
    ['upstreams: { quay.io: { tagTtl: 1w } }', 'upstreams.quay.io.tagTtl', 1, 25, /"1w" is not a duration/],
    ['upstreams: { quay.io: { maxStale: "" } }', 'upstreams.quay.io.maxStale', 1, 25, /is empty/],
    ['upstreams: { quay.io: { maxDownloads: 0 } }', 'upstreams.quay.io.maxDownloads', 1, 25, /from 1 to/],
    ['upstreams: { quay.io: { maxDownloads: 1.5 } }', 'upstreams.quay.io.maxDownloads', 1, 25, /whole/],
    ['upstreams: { quay.io: { maxDownloads: many } }', 'upstreams.quay.io.maxDownloads', 1, 25, /whole/],
    ['upstreams: { quay.io: { reserve: 0.1 } }', 'upstreams.quay.io.reserve', 1, 25, /expected text/],
    ['upstreams: { quay.io: { reserve: 101% } }', 'upstreams.quay.io.reserve', 1, 25, /part of the pull/],
    ['upstreams: { quay.io: { bandwidth: 50MB } }', 'upstreams.quay.io.bandwidth', 1, 25, /bytes per second/],
    ['upstreams: { quay.io: { bandwidth: 1KiB } }', 'upstreams.quay.io.bandwidth', 1, 25, /at least 64KiB/],
    ['upstreams: { quay.io: { allow: "**" } }', 'upstreams.quay.io.allow', 1, 25, /list of globs/],
    ['upstreams: { quay.io: { allow: ["[a"] } }', 'upstreams.quay.io.allow[0]', 1, 33, /pattern "\[a"/],
    [
      'upstreams: { quay.io: { tokenHosts: ["https://a"] } }',
      'upstreams.quay.io.tokenHosts[0]',
      1,
      38,
      /not a host/,
    ],
    [
      'upstreams: { quay.io: { allowNetworks: [all] } }',
      'upstreams.quay.io.allowNetworks[0]',
      1,
      41,
      /"all" is not/,
    ],
    [
      'upstreams: { quay.io: { caFile: gone.pem } }',
      'upstreams.quay.io.caFile',
      1,
      25,
      /no such file: .*gone.pem/,
    ],
    ['upstreams: { quay.io: { caFile: . } }', 'upstreams.quay.io.caFile', 1, 25, /not a file/],
    [
      'upstreams: { quay.io: { caFile: entrepot.yaml } }',
      'upstreams.quay.io.caFile',
      1,
      25,
      /PEM certificates/,
    ],
    ['upstreams: { quay.io: { alias: a.b } }', 'upstreams.quay.io.alias', 1, 25, /one path component/],
    ['upstreams: { quay.io: { alias: library } }', 'upstreams.quay.io.alias', 1, 25, /another meaning/],
    [
      'upstreams: { quay.io: { alias: q }, gcr.io: { alias: q } }',
      'upstreams.gcr.io.alias',
      1,
      47,
      /q already stands for/,
    ],
    [
      'upstreams: { quay.io: { privateFor: [acme] } }',
      'upstreams.quay.io.privateFor[0]',
      1,
      38,
      /no group acme/,
    ],
    ['tagRules: {}', 'tagRules', 1, 1, /list of rules/],
    ['tagRules:\n  - { upstream: quay.io, repository: a, tag: b }', 'tagRules[0].ttl', 2, 5, /is missing/],
    [
      'tagRules:\n  - { upstream: quayio, repository: a, tag: b, ttl: 1s }',
      'tagRules[0].upstream',
      2,
      7,
      /did you mean quay.io/,
    ],
    [
      'log: { level: inof }',
      'log.level',
      1,
      8,
      /expected one of error, warn, info, debug \(did you mean info\?\)/,
    ],
    ['log: { format: xml }', 'log.format', 1, 8, /expected one of pretty, json/],
    ['just text', '', 1, 1, /expected keys and values/],
    ['- a\n- b', '', 1, 1, /expected keys and values/],
    ['listen: a:1\nlisten: b:2', '', 2, 1, /there twice/],
    ['storage:\n\tpath: a', '', 2, 1, /spaces, not with tabs/],
    ['upstreams: { quay.io: { allow: [*a] } }', '', 1, 33, /begins with \*/],
    ['listen: "a:1', '', 1, 13, /not closed/],
    ['a: 1\n---\nb: 2', '', 2, 1, /one document/],
    ['listen: !!js/function a', '', 1, 9, /begins with !/],
  ]
  test.each(cases)('%j', async (yaml, path, line, column, message) => {
    const { mistakes } = await refusalOf({ yaml })
    expect(mistakes).toEqual([
      { path, line, column, source: 'file', message: expect.stringMatching(message) },
    ])
  })
})

describe('a mistake elsewhere is refused with the name of its variable or flag', () => {
  const cases: [name: string, given: Given, path: string, message: RegExp][] = [
    ['listen', { env: { ENTREPOT_LISTEN: '5000' } }, 'ENTREPOT_LISTEN', /HOST:PORT/],
    ['level', { env: { ENTREPOT_LOG_LEVEL: 'loud' } }, 'ENTREPOT_LOG_LEVEL', /one of/],
    ['config', { env: { ENTREPOT_CONFIG: 'gone.yaml' } }, 'ENTREPOT_CONFIG', /no such file: .*gone.yaml/],
    ['proxy', { env: { https_proxy: 'socks5://a:1' } }, 'https_proxy', /http or https proxy/],
    [
      'upstream',
      { env: { ENTREPOT_UPSTREAM_GHCR_IO_MAX_STALE: 'long' } },
      'ENTREPOT_UPSTREAM_GHCR_IO_MAX_STALE',
      /"long" is not a duration/,
    ],
    [
      'password alone',
      { env: { ENTREPOT_UPSTREAM_GHCR_IO_PASSWORD: 'p' } },
      'ENTREPOT_UPSTREAM_GHCR_IO_PASSWORD',
      /needs a username/,
    ],
    [
      'two upstreams that look alike',
      { env: { ENTREPOT_UPSTREAM_A_B_ALIAS: 'x' }, argv: { upstream: ['a.b=http://a', 'a-b=http://b'] } },
      'ENTREPOT_UPSTREAM_A_B_ALIAS',
      /could mean upstream a.b or a-b/,
    ],
    ['listen', { argv: { listen: ['a:1', 'b'] } }, '--listen', /"b" is not HOST:PORT/],
    ['storage', { argv: { storage: '' } }, '--storage', /is empty/],
    ['external url', { argv: { externalUrl: 'x' } }, '--external-url', /http/],
    ['level', { argv: { logLevel: 'x' } }, '--log-level', /one of/],
    ['format', { argv: { logFormat: 'x' } }, '--log-format', /one of/],
    ['config', { argv: { config: 'gone.yaml' } }, '--config', /no such file/],
    ['config', { argv: { config: '.' } }, '--config', /not a file/],
    ['upstream', { argv: { upstream: ['ghcr.io'] } }, '--upstream', /NAME=URL/],
    ['upstream', { argv: { upstream: ['a.b=http://a', 'a.b=http://b'] } }, '--upstream a.b', /twice/],
    ['upstream', { argv: { upstream: ['a.b=nothing'] } }, '--upstream a.b', /http/],
  ]
  test.each(cases)('%s: %j', async (_, given, path, message) => {
    const { mistakes } = await refusalOf(given)
    const source = path.startsWith('--') ? 'flag' : 'environment'
    expect(mistakes).toEqual([{ path, source, message: expect.stringMatching(message) }])
  })
})

test('a file above the ceiling is refused', async () => {
  const { mistakes } = await refusalOf({ yaml: `# ${'x'.repeat(1024 * 1024)}` })
  expect(mistakes[0]?.message).toContain('too large')
})

test('everything is refused together, file first, in the order of its lines', async () => {
  const error = await refusalOf({
    yaml: [
      'log: { level: x }',
      'storge: {}',
      'upstreams:',
      '  a.example: { tagTtl: x }',
      '  ghcr.io: { usrname: a, allow: ["["] }',
      'groups: { -a: }',
    ].join('\n'),
    env: { ENTREPOT_LOG_FORMAT: 'x', HTTP_PROXY: 'ftp://x' },
    argv: { listen: ['x'], upstream: ['y'] },
  })
  expect(error.mistakes.map(({ line, path }) => `${line ?? '-'} ${path}`)).toEqual([
    '1 log.level',
    '2 storge',
    '4 upstreams.a.example.url',
    '4 upstreams.a.example.tagTtl',
    '5 upstreams.ghcr.io.usrname',
    '5 upstreams.ghcr.io.allow[0]',
    '6 groups.-a',
    '- HTTP_PROXY',
    '- ENTREPOT_LOG_FORMAT',
    '- --upstream',
    '- --listen',
  ])
  expect(error.message).toMatch(
    /^11 mistakes in the settings:\n {2}\S+entrepot.yaml:1:8: log.level: expected/,
  )
  expect(error.code).toBe('SETTINGS_INVALID')
})

describe('a refusal never repeats a password', () => {
  const SECRET = 'hunter2'
  const user = (rest: string) => `upstreams: { ghcr.io: { username: a, ${rest} } }`
  const cases: [name: string, given: Given][] = [
    ['in the url of an upstream', { yaml: user(`url: "https://u:${SECRET}@ghcr.io"`) }],
    ['in a url that is none', { yaml: user(`url: "https://u:${SECRET} @@:x"`) }],
    ['in the url of a flag', { argv: { upstream: [`ghcr.io=https://u:${SECRET}@ghcr.io`] } }],
    ['in the external url', { argv: { externalUrl: `https://u:${SECRET}@cache` } }],
    ['in the url of a proxy', { env: { HTTP_PROXY: `socks5://u:${SECRET}@proxy` } }],
    ['as a key that does not exist', { yaml: user(`password: ${SECRET}`) }],
    ['in broken yaml', { yaml: user(`password: "${SECRET}\n}`) }],
    ['in yaml with a surprise', { yaml: user(`password: *${SECRET}`) }],
    ['in the environment', { env: { ENTREPOT_UPSTREAM_GHCR_IO_PASSWORD: SECRET } }],
    ['in a file of two lines', { yaml: user('passwordFile: f'), files: { f: `${SECRET}\n${SECRET}\n` } }],
    [
      'in a file that is no certificate',
      { yaml: 'upstreams: { ghcr.io: { caFile: f } }', files: { f: SECRET } },
    ],
  ]
  test.each(cases)('%s', async (_, given) => {
    const error = await refusalOf(given)
    expect(error.mistakes.length).toBeGreaterThan(0)
    expect(JSON.stringify([error.message, error.mistakes, error.stack])).not.toContain(SECRET)
  })

  test.each(['', '\n', 'a\u0000b'])('a password file with %j is refused', async (content) => {
    const { mistakes } = await refusalOf({ yaml: user('passwordFile: f'), files: { f: content } })
    expect(mistakes.map(({ path }) => path)).toEqual(['upstreams.ghcr.io.passwordFile'])
  })
})
