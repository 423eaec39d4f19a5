import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Settings } from '../../src/config/settings.ts'
import { type Given, loadFrom } from './load-from.ts'
import { TEST_CERTIFICATE } from './test-certificate.ts'

const BUILT_IN = {
  'docker.io': 'https://registry-1.docker.io/',
  'ghcr.io': 'https://ghcr.io/',
  'quay.io': 'https://quay.io/',
  'registry.k8s.io': 'https://registry.k8s.io/',
  'gcr.io': 'https://gcr.io/',
  'mcr.microsoft.com': 'https://mcr.microsoft.com/',
  'public.ecr.aws': 'https://public.ecr.aws/',
  'registry.gitlab.com': 'https://registry.gitlab.com/',
}

test('without any settings everything has a default', async () => {
  const { settings, source, warnings, cwd } = await loadFrom({})
  expect(settings.listen).toEqual([{ host: '127.0.0.1', port: 5000 }])
  expect(settings.externalUrl).toBeUndefined()
  expect(settings.storage).toEqual({
    path: join(cwd, 'storage'),
    maxBytes: undefined,
    minFreeBytes: undefined,
    maxAgeMs: undefined,
    highMark: 0.95,
    lowMark: 0.85,
    scrubBytesPerSecond: 10 * 1024 ** 2,
  })
  expect([...settings.groups]).toEqual([
    ['default', { anonymousNetworks: undefined, repositories: undefined, upstreams: new Map() }],
  ])
  expect(Object.fromEntries([...settings.upstreams].map(([name, { url }]) => [name, url.href]))).toEqual(
    BUILT_IN,
  )
  expect(settings.upstreams.get('docker.io')).toEqual({
    name: 'docker.io',
    url: new URL('https://registry-1.docker.io'),
    credential: undefined,
    tagTtlMs: 60_000,
    maxStaleMs: 604_800_000,
    maxDownloads: 32,
    bytesPerSecond: undefined,
    reserve: 0.1,
    allow: ['**'],
    tokenHosts: [],
    allowNetworks: [],
    ca: undefined,
    alias: undefined,
    privateFor: [],
  })
  expect(settings.tagRules).toEqual([])
  expect(settings.log).toEqual({ level: 'info', format: 'json' })
  expect(settings.proxy).toEqual({})
  expect({ source, warnings }).toEqual({ source: undefined, warnings: [] })
})

test('logs are pretty on a terminal', async () => {
  expect((await loadFrom({ isTerminal: true })).settings.log.format).toBe('pretty')
})

describe('every key of the file', () => {
  const upstream = (lines: string) => `upstreams:\n  docker.io: { ${lines} }`
  const docker = (settings: Settings) => settings.upstreams.get('docker.io')
  const cases: [yaml: string, read: (settings: Settings) => unknown, want: unknown][] = [
    ['listen: 0.0.0.0:80', (s) => s.listen, [{ host: '0.0.0.0', port: 80 }]],
    ['listen: ["[::1]:0", "localhost:1"]', (s) => s.listen.map(({ port }) => port), [0, 1]],
    ['listen: [\n"a:0",\n]', (s) => s.listen.map(({ host }) => host), ['a']],
    ['externalUrl: https://cache.example', (s) => s.externalUrl?.href, 'https://cache.example/'],
    ['storage: { path: /var/lib/x }', (s) => s.storage.path, '/var/lib/x'],
    ['storage: { maxSize: 50GiB }', (s) => s.storage.maxBytes, 50 * 1024 ** 3],
    ['storage: { minFree: 512MiB }', (s) => s.storage.minFreeBytes, 512 * 1024 ** 2],
    ['storage: { maxAge: 30d }', (s) => s.storage.maxAgeMs, 30 * 86_400_000],
    ['storage: { highMark: 80% }', (s) => [s.storage.highMark, s.storage.lowMark], [0.8, 0.8]],
    ['storage: { scrubRate: 20MiB }', (s) => s.storage.scrubBytesPerSecond, 20 * 1024 ** 2],
    ["storage: { scrubRate: '0' }", (s) => s.storage.scrubBytesPerSecond, 0],
    ['storage: { lowMark: 50% }', (s) => [s.storage.highMark, s.storage.lowMark], [0.95, 0.5]],
    ['storage:', (s) => s.storage.path.endsWith('/storage'), true],
    ['groups: { Acme/Web: }', (s) => [...s.groups.keys()], ['default', 'acme/web']],
    [
      'groups: { acme: { repositories: ["docker.io/library/*"] } }',
      (s) => s.groups.get('acme')?.repositories,
      ['docker.io/library/*'],
    ],
    ['trustedProxies: [192.0.2.7]', (s) => s.trustedProxies, ['192.0.2.7/32']],
    [
      'groups: { default: { anonymous: { networks: [10.0.0.0/8, "::1"] } } }',
      (s) => s.groups.get('default')?.anonymousNetworks,
      ['10.0.0.0/8', '::1/128'],
    ],
    [
      'groups: { default: { anonymous: { networks: [] } } }',
      (s) => s.groups.get('default')?.anonymousNetworks,
      [],
    ],
    [upstream('url: "https://hub.example/mirror"'), (s) => docker(s)?.url.href, 'https://hub.example/mirror'],
    [upstream('tagTtl: 0s'), (s) => docker(s)?.tagTtlMs, 0],
    [upstream('maxStale: 1h'), (s) => docker(s)?.maxStaleMs, 3_600_000],
    [upstream('maxDownloads: 4'), (s) => docker(s)?.maxDownloads, 4],
    [upstream('maxDownloads: "1"'), (s) => docker(s)?.maxDownloads, 1],
    [upstream('reserve: 25%'), (s) => docker(s)?.reserve, 0.25],
    [upstream('reserve: 0%'), (s) => docker(s)?.reserve, 0],
    [upstream('bandwidth: 50MiB'), (s) => docker(s)?.bytesPerSecond, 52_428_800],
    [upstream('allow: ["library/*"]'), (s) => docker(s)?.allow, ['library/*']],
    [upstream('allow: []'), (s) => docker(s)?.allow, []],
    [
      upstream('tokenHosts: [Auth.Example, "b:8443"]'),
      (s) => docker(s)?.tokenHosts,
      ['auth.example', 'b:8443'],
    ],
    [upstream('allowNetworks: [10.0.0.0/8]'), (s) => docker(s)?.allowNetworks, ['10.0.0.0/8']],
    [upstream('url: "http://127.0.0.1:1"'), (s) => docker(s)?.allowNetworks, ['127.0.0.1/32']],
    [upstream('alias: hub'), (s) => docker(s)?.alias, 'hub'],
    [upstream('privateFor: [Default]'), (s) => docker(s)?.privateFor, ['default']],
    ['upstreams: { docker.io: }', (s) => docker(s)?.url.href, BUILT_IN['docker.io']],
    [
      'upstreams: { "Registry.Example:5000": { url: "https://registry.example:5000", alias: ours } }',
      (s) => s.upstreams.get('registry.example:5000')?.alias,
      'ours',
    ],
    [
      'tagRules: [{ upstream: Docker.IO, repository: "library/*", tag: "[0-9]*", ttl: 1d }]',
      (s) => s.tagRules,
      [{ upstream: 'docker.io', repository: 'library/*', tag: '[0-9]*', ttlMs: 86_400_000 }],
    ],
    ['log: { level: debug }', (s) => s.log, { level: 'debug', format: 'json' }],
    ['log: { format: pretty }', (s) => s.log, { level: 'info', format: 'pretty' }],
    ['# nothing', (s) => s.listen.length, 1],
  ]
  test.each(cases)('%s', async (yaml, read, want) => {
    const { settings, source, cwd } = await loadFrom({ yaml })
    expect(read(settings)).toEqual(want)
    expect(source).toBe(join(cwd, 'entrepot.yaml'))
  })
})

describe('flags win over environment, environment over file, file over defaults', () => {
  const yaml = 'listen: a:1\nexternalUrl: http://a\nstorage: { path: a }\nlog: { level: error, format: json }'
  const env = {
    ENTREPOT_LISTEN: 'b:2',
    ENTREPOT_EXTERNAL_URL: 'http://b',
    ENTREPOT_STORAGE_PATH: 'b',
    ENTREPOT_LOG_LEVEL: 'warn',
    ENTREPOT_LOG_FORMAT: 'pretty',
  }
  const argv = {
    listen: ['c:3', 'd:4'],
    externalUrl: 'http://c',
    storage: 'c',
    logLevel: 'debug',
    logFormat: 'json',
  }
  const cases: [name: string, given: Given, want: unknown][] = [
    ['file', { yaml }, [['a'], 'http://a/', 'a', 'error', 'json']],
    ['environment', { yaml, env }, [['b'], 'http://b/', 'b', 'warn', 'pretty']],
    ['flags', { yaml, env, argv }, [['c', 'd'], 'http://c/', 'c', 'debug', 'json']],
    ['flags without a file', { env, argv }, [['c', 'd'], 'http://c/', 'c', 'debug', 'json']],
  ]
  test.each(cases)('%s', async (_, given, want) => {
    const { settings, cwd } = await loadFrom(given)
    const { listen, externalUrl, storage, log } = settings
    const path = storage.path.slice(cwd.length + 1)
    expect([listen.map(({ host }) => host), externalUrl?.href, path, log.level, log.format]).toEqual(want)
  })

  test('an upstream takes each key from the strongest source that has it', async () => {
    const { settings } = await loadFrom({
      yaml: 'upstreams: { docker.io: { url: "http://file", tagTtl: 1s, maxStale: 1s } }',
      env: { ENTREPOT_UPSTREAM_DOCKER_IO_URL: 'http://env', ENTREPOT_UPSTREAM_DOCKER_IO_TAG_TTL: '2s' },
      argv: { upstream: ['Docker.io=http://flag', 'new.example=http://new'] },
    })
    const { url, tagTtlMs, maxStaleMs } = settings.upstreams.get('docker.io') ?? {}
    expect([url?.href, tagTtlMs, maxStaleMs]).toEqual(['http://flag/', 2000, 1000])
    expect(settings.upstreams.get('new.example')?.url.href).toBe('http://new/')
  })
})

describe('files', () => {
  const credential = async (given: Given) =>
    (await loadFrom(given)).settings.upstreams.get('docker.io')?.credential

  test.each(['s3cret\n', 's3cret\r\n', 's3cret'])(
    'a password file %j loses its line end',
    async (content) => {
      const yaml = 'upstreams: { docker.io: { username: acme, passwordFile: hub } }'
      expect(await credential({ yaml, files: { hub: content } })).toEqual({
        username: 'acme',
        password: 's3cret',
      })
    },
  )

  test('a password keeps its spaces', async () => {
    const yaml = 'upstreams: { docker.io: { username: acme, passwordFile: hub } }'
    expect((await credential({ yaml, files: { hub: ' a b \n' } }))?.password).toBe(' a b ')
  })

  test('a password from the environment wins over the file, which need not exist', async () => {
    const yaml = 'upstreams: { docker.io: { username: acme, passwordFile: gone } }'
    const env = { ENTREPOT_UPSTREAM_DOCKER_IO_PASSWORD: 'given' }
    expect(await credential({ yaml, env })).toEqual({ username: 'acme', password: 'given' })
  })

  test('the whole credential can come from the environment', async () => {
    const { settings } = await loadFrom({
      env: {
        ENTREPOT_UPSTREAM_MY_REG_EXAMPLE_5000_USERNAME: 'u',
        ENTREPOT_UPSTREAM_MY_REG_EXAMPLE_5000_PASSWORD: 'p',
      },
      argv: { upstream: ['my-reg.example:5000=https://my-reg.example:5000'] },
    })
    expect(settings.upstreams.get('my-reg.example:5000')?.credential).toEqual({
      username: 'u',
      password: 'p',
    })
  })

  test('certificates are read', async () => {
    const yaml = 'upstreams: { docker.io: { caFile: ca.pem } }'
    const { settings } = await loadFrom({ yaml, files: { 'ca.pem': TEST_CERTIFICATE } })
    expect(settings.upstreams.get('docker.io')?.ca).toBe(TEST_CERTIFICATE)
  })

  test('paths in a file start at the file, wherever it is; paths in flags start at the working directory', async () => {
    const files = {
      'etc/entrepot.yaml':
        'storage: { path: data }\nupstreams: { docker.io: { username: u, passwordFile: ../secret } }',
      secret: 'p',
    }
    const fromFile = await loadFrom({ files, argv: { config: 'etc/entrepot.yaml' } })
    expect(fromFile.source).toBe(join(fromFile.cwd, 'etc/entrepot.yaml'))
    expect(fromFile.settings.storage.path).toBe(join(fromFile.cwd, 'etc/data'))
    expect(fromFile.settings.upstreams.get('docker.io')?.credential?.password).toBe('p')
    const fromFlag = await loadFrom({
      files,
      env: { ENTREPOT_CONFIG: 'etc/entrepot.yaml' },
      argv: { storage: 'x' },
    })
    expect(fromFlag.settings.storage.path).toBe(join(fromFlag.cwd, 'x'))
  })
})

describe('proxies', () => {
  const cases: [env: Record<string, string>, want: unknown][] = [
    [
      { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://q:2', NO_PROXY: 'a,b' },
      ['http://p:1', 'http://q:2', 'a,b'],
    ],
    [{ HTTP_PROXY: 'http://p:1', http_proxy: 'http://q:2' }, ['http://q:2', undefined, undefined]],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, [undefined, 'http://proxy.example:3128', undefined]],
    [{ HTTP_PROXY: '', no_proxy: 'c', NO_PROXY: 'd' }, [undefined, undefined, 'c']],
  ]
  test.each(cases)('%j', async (env, want) => {
    const { http, https, noProxy } = (await loadFrom({ env })).settings.proxy
    expect([http, https, noProxy]).toEqual(want)
  })
})

describe('warnings', () => {
  const cases: [name: string, given: Given, want: RegExp[]][] = [
    [
      'variables of somebody else, and a typing error',
      { env: { ENTREPOT_PORT: 'tcp://10.0.0.1:80', ENTREPOT_LISTN: 'x' } },
      [/ENTREPOT_PORT is ignored/, /ENTREPOT_LISTN is ignored \(did you mean ENTREPOT_LISTEN\?\)/],
    ],
    ['an empty variable is as good as none', { env: { ENTREPOT_LISTEN: '', ENTREPOT_NONSENSE: '' } }, []],
    [
      'an upstream with a port',
      { argv: { upstream: ['a.example:1=https://a:1'] } },
      [/give it an alias.*\?ns=a.example:1/],
    ],
    ['the other ending', { files: { 'entrepot.yml': '' } }, [/entrepot.yml is not read/]],
    [
      'a password in the clear',
      {
        argv: { upstream: ['a.example=http://a.example'] },
        env: { ENTREPOT_UPSTREAM_A_EXAMPLE_USERNAME: 'u', ENTREPOT_UPSTREAM_A_EXAMPLE_PASSWORD: 'p' },
      },
      [/a.example is sent its password over plain http/],
    ],
  ]
  test.each(cases)('%s', async (_, given, want) => {
    const { warnings } = await loadFrom(given)
    expect(warnings).toEqual(want.map((pattern) => expect.stringMatching(pattern)))
  })
})
