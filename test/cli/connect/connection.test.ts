import { describe, expect, test } from 'vitest'
import { CLIENTS, type Client, connection } from '../../../src/cli/connect/connection.ts'
import type { ConnectionTarget } from '../../../src/cli/connect/target.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { parseOciRequest } from '../../../src/oci/request.ts'

const HERE: ConnectionTarget = {
  url: new URL('http://127.0.0.1:5000'),
  group: 'default',
  upstreams: [{ name: 'docker.io' }, { name: 'ghcr.io' }],
}
const ELSEWHERE: ConnectionTarget = {
  url: new URL('http://cache.example:5000'),
  group: 'acme/web',
  upstreams: [
    { name: 'docker.io' },
    { name: 'registry.example:5000', alias: 'ours' },
    { name: 'other:5000' },
  ],
}
const SECURE: ConnectionTarget = { ...HERE, url: new URL('https://cache.example') }

function textOf(client: Client, target: ConnectionTarget, file = 0): string {
  return connection(client, target).files[file]?.text ?? ''
}

describe('docker', () => {
  test.each<{ name: string; target: ConnectionTarget; want: unknown }>([
    { name: 'on this machine', target: HERE, want: { 'registry-mirrors': ['http://127.0.0.1:5000'] } },
    { name: 'over https', target: SECURE, want: { 'registry-mirrors': ['https://cache.example'] } },
    {
      name: 'elsewhere over http, as a group',
      target: ELSEWHERE,
      want: {
        'registry-mirrors': ['http://cache.example:5000/acme/web/dependency_proxy/containers'],
        'insecure-registries': ['cache.example:5000'],
      },
    },
  ])('$name', ({ target, want }) => {
    expect(JSON.parse(textOf('docker', target))).toEqual(want)
  })

  test('says which engines take a mirror with a path, where there is one', () => {
    const told = (target: ConnectionTarget) => connection('docker', target).notes.join(' ')
    expect(told(ELSEWHERE)).toContain('Docker Engine 25')
    expect(told(HERE)).not.toContain('Docker Engine 25')
  })
})

describe('containerd', () => {
  test('one file for every registry', () => {
    expect(connection('containerd', HERE).files).toEqual([
      {
        path: '/etc/containerd/certs.d/_default/hosts.toml',
        text: '[host."http://127.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n',
        kind: 'whole',
      },
    ])
  })

  test('one file for each that is named', () => {
    const { files } = connection('containerd', { ...HERE, registries: ['docker.io', 'ghcr.io'] })
    expect(files.map(({ path }) => path)).toEqual([
      '/etc/containerd/certs.d/docker.io/hosts.toml',
      '/etc/containerd/certs.d/ghcr.io/hosts.toml',
    ])
  })

  test('as a group: the path that stands in place of /v2', () => {
    expect(textOf('containerd', ELSEWHERE)).toBe(
      '[host."http://cache.example:5000/v2/acme/web/dependency_proxy/containers"]\n' +
        '  capabilities = ["pull", "resolve"]\n' +
        '  override_path = true\n',
    )
  })

  test('for Kubernetes too, and the setting that makes it look there', () => {
    const { files } = connection('kubernetes', HERE)
    expect(files[0]).toEqual(connection('containerd', HERE).files[0])
    expect(files[1]).toMatchObject({ path: '/etc/containerd/config.toml', kind: 'part' })
    expect(files[1]?.text).toContain('config_path = "/etc/containerd/certs.d"')
  })
})

test('podman: a mirror for each registry that a path can name', () => {
  expect(textOf('podman', ELSEWHERE)).toBe(`[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "cache.example:5000/acme/web/dependency_proxy/containers/docker.io"
insecure = true

[[registry]]
prefix = "registry.example:5000"
location = "registry.example:5000"
[[registry.mirror]]
location = "cache.example:5000/acme/web/dependency_proxy/containers/ours"
insecure = true
`)
  expect(connection('podman', ELSEWHERE).notes.join(' ')).toContain('upstreams.other:5000.alias')
})

test('buildkit: mirrors with a path, and plain HTTP said once, of the server', () => {
  expect(textOf('buildkit', HERE)).toBe(`[registry."docker.io"]
  mirrors = ["127.0.0.1:5000/default/dependency_proxy/containers/docker.io"]

[registry."ghcr.io"]
  mirrors = ["127.0.0.1:5000/default/dependency_proxy/containers/ghcr.io"]

[registry."127.0.0.1:5000"]
  http = true
`)
})

test('kaniko: flags', () => {
  expect(connection('kaniko', HERE).check.split(' \\\n  ').slice(1)).toEqual([
    '--registry-mirror=127.0.0.1:5000/default/dependency_proxy/containers/docker.io',
    '--registry-map=ghcr.io=127.0.0.1:5000/default/dependency_proxy/containers/ghcr.io',
    '--insecure-registry=127.0.0.1:5000',
  ])
})

test.each([
  { name: 'its port', target: HERE, want: '127.0.0.1:5000' },
  { name: 'the port that https implies', target: SECURE, want: 'cache.example:443' },
  {
    name: 'the port that http implies',
    target: { ...HERE, url: new URL('http://cache.example') },
    want: 'cache.example:80',
  },
])('gitlab-runner: GitLab writes the port always: $name', ({ target, want }) => {
  const text = textOf('gitlab-runner', target)
  expect(text).toContain(`"CI_DEPENDENCY_PROXY_SERVER=${want}"`)
  expect(text).toContain(
    `"CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX=${want}/default/dependency_proxy/containers"`,
  )
})

test('nothing over https speaks of plain HTTP', () => {
  for (const client of CLIENTS) {
    expect(JSON.stringify(connection(client, SECURE)), client).not.toMatch(/insecure|http = true|http:\/\//)
  }
})

/** Whatever a client makes of its mirror, the server takes it for the group and the registry that were meant. */
test.each([
  { client: 'podman', pattern: /^location = "cache\.example:5000\/(.*)"$/gm },
  { client: 'buildkit', pattern: /mirrors = \["cache\.example:5000\/(.*)"\]/g },
] as const)('the server understands every mirror of $client', ({ client, pattern }) => {
  const paths = [...textOf(client, ELSEWHERE).matchAll(pattern)].map(([, path]) => path)
  const targets = paths.map((path) => {
    const request = parseOciRequest('GET', `/v2/${path}/library/x/manifests/1`)
    return request.kind === 'manifest' ? request.target : undefined
  })
  expect(targets).toMatchObject([
    { door: { kind: 'group', group: 'acme/web' }, registry: 'docker.io', repository: 'library/x' },
    { door: { kind: 'group', group: 'acme/web' }, registry: undefined, repository: 'ours/library/x' },
  ])
})

describe('who may pull', () => {
  test.each(CLIENTS)('%s is told the setting that lets it in', (client) => {
    const { notes } = connection(client, ELSEWHERE)
    expect(notes.join(' ')).toContain('groups.acme/web.anonymous.networks')
  })

  test.each(['docker', 'podman'] as const)(
    '%s logs in with a credential, and is asked for its secret',
    (client) => {
      const { commands, notes } = connection(client, { ...ELSEWHERE, credential: { username: 'ci' } })
      expect(commands).toContain(`${client} login --username ci cache.example:5000`)
      expect(notes.join(' ')).not.toContain('anonymous')
    },
  )

  test('docker with a credential has no mirror, to which it would not be sent', () => {
    const { files, commands } = connection('docker', { ...SECURE, credential: { username: 'ci' } })
    expect({ files, commands }).toEqual({ files: [], commands: ['docker login --username ci cache.example'] })
    const plain = { ...ELSEWHERE, credential: { username: 'ci' } }
    expect(JSON.parse(textOf('docker', plain))).toEqual({ 'insecure-registries': ['cache.example:5000'] })
  })

  test('the jobs of a runner can read what it logs in with', () => {
    const { notes, files } = connection('gitlab-runner', { ...ELSEWHERE, credential: { username: 'ci' } })
    expect(notes.join(' ')).toContain('Every job on this runner can read what is there')
    const text = files[0]?.text.replace(/^( *)# '/m, "$1'") ?? ''
    const { runners } = readRunnerFile(text, { file: 'config.toml', dockerHost: '', env: {} })
    const { value } = runners[0]?.environment.find(({ key }) => key === 'DOCKER_AUTH_CONFIG') ?? {}
    const [server] = Object.keys(JSON.parse(value ?? '{}').auths ?? {})
    expect(runners[0]?.docker.image?.startsWith(`${server}/`)).toBe(true)
    expect(notes.join(' ')).toMatch(/DOCKER_AUTH_CONFIG.*Every job on this runner can read/)
    expect(connection('gitlab-runner', ELSEWHERE).notes.join(' ')).not.toContain('DOCKER_AUTH_CONFIG')
  })
})
