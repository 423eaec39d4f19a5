import { describe, expect, test } from 'vitest'
import { RunnerConfigError } from '../../../src/executor/config/config-error.ts'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'

const OPTIONS = {
  file: 'config.toml',
  dockerHost: 'unix:///var/run/docker.sock',
  env: {},
}

const read = (text: string) => readRunnerFile(text, OPTIONS)
const docker = (lines: string) => read(`[[runners]]\n[runners.docker]\n${lines}`).runners[0]?.docker

function refusal(text: string): string {
  try {
    read(text)
  } catch (error) {
    if (error instanceof RunnerConfigError) return error.message
    throw error
  }
  return 'accepted'
}

describe('a file that says nothing', () => {
  test.each(['', 'concurrent = 4\n', '[[runners]]\n', '[[runners]]\n[runners.docker]\n'])('%j', (text) => {
    const { runners, warnings } = read(text)
    expect(warnings).toEqual([])
    expect(runners).toHaveLength(1)
    expect(runners[0]).toMatchObject({
      buildsDir: '/builds',
      cacheDir: '/cache',
      outputLimitBytes: 4096 * 1024,
      environment: [],
    })
    expect(runners[0]?.docker).toMatchObject({
      host: 'unix:///var/run/docker.sock',
      image: undefined,
      pullPolicies: ['always'],
      allowedPullPolicies: ['always'],
      privileged: false,
      servicesPrivileged: undefined,
      networkMode: undefined,
      waitForServicesTimeoutMs: 30_000,
      servicesLimit: undefined,
      buildHost: { LogConfig: { Type: 'json-file', Config: {} } },
    })
  })
})

describe('what GitLab Runner writes is read', () => {
  test('one runner', () => {
    const { runners, warnings } = read(`
concurrent = 4
check_interval = 0
[session_server]
  session_timeout = 1800
[[runners]]
  name = "docker"
  url = "https://gitlab.example/"
  id = 12
  token = "glrt-secret"
  token_obtained_at = 2026-01-02T03:04:05Z
  token_expires_at = 0001-01-01T00:00:00Z
  executor = "docker"
  environment = ["DOCKER_AUTH_CONFIG={\\"auths\\":{}}", "EMPTY="]
  builds_dir = "/work"
  output_limit = 8
  pre_clone_script = "echo old"
  [runners.feature_flags]
    FF_TIMESTAMPS = false
  [runners.docker]
    tls_verify = false
    image = "ruby:3.3"
    privileged = true
    services_privileged = false
    volumes = ["/cache", "/srv/data:/data:ro"]
    pull_policy = ["always", "if-not-present"]
    allowed_pull_policies = ["always", "never"]
    shm_size = 0
    network_mtu = 0x5DC
    wait_for_services_timeout = -1
    services_limit = 2
    [runners.docker.tmpfs]
      "/run" = "rw,noexec"
    [runners.docker.container_labels]
      team = "$CI_PROJECT_NAME"
`)
    expect(warnings).toEqual([])
    expect(runners[0]).toMatchObject({
      name: 'docker',
      url: 'https://gitlab.example/',
      id: 12,
      token: 'glrt-secret',
      tokenObtainedAt: Date.parse('2026-01-02T03:04:05Z'),
      tokenExpiresAt: undefined,
      buildsDir: '/work',
      outputLimitBytes: 8192,
      preGetSourcesScript: 'echo old',
      environment: [
        { key: 'DOCKER_AUTH_CONFIG', value: '{"auths":{}}' },
        { key: 'EMPTY', value: '' },
      ],
      featureFlags: new Map([['FF_TIMESTAMPS', false]]),
      docker: {
        image: 'ruby:3.3',
        privileged: true,
        servicesPrivileged: false,
        volumes: ['/cache', '/srv/data:/data:ro'],
        pullPolicies: ['always', 'if-not-present'],
        allowedPullPolicies: ['always', 'never'],
        networkMtu: 1500,
        waitForServicesTimeoutMs: undefined,
        servicesLimit: 2,
        tmpfs: { '/run': 'rw,noexec' },
        containerLabels: { team: '$CI_PROJECT_NAME' },
      },
    })
  })

  test('services as names, as tables, and as both', () => {
    expect(docker('services = ["mysql:8", "redis"]')?.services.map(({ name }) => name)).toEqual([
      'mysql:8',
      'redis',
    ])
    const [, second] =
      docker(
        'services = ["mysql:8", {name = "postgres:15", alias = "db", command = ["-c", "x=1"], environment = ["A=b"]}]',
      )?.services ?? []
    expect(second).toEqual({
      name: 'postgres:15',
      alias: 'db',
      entrypoint: undefined,
      command: ['-c', 'x=1'],
      variables: [expect.objectContaining({ key: 'A', value: 'b' })],
    })
  })

  test.each([
    ['0', 30_000],
    ['-1', undefined],
    ['5', 5000],
  ])('a wait for services of %s', (seconds, wantedMs) => {
    expect(docker(`wait_for_services_timeout = ${seconds}`)?.waitForServicesTimeoutMs).toBe(wantedMs)
  })
})

describe('limits become what the engine is told', () => {
  test.each([
    ['memory = "128m"', { Memory: 134_217_728 }],
    ['memory = ""', {}],
    ['memory_swap = "-1"', { MemorySwap: -1 }],
    ['cpus = "1.5"', { NanoCpus: 1_500_000_000 }],
    ['cpus = 2', { NanoCpus: 2_000_000_000 }],
    ['shm_size = 300000', { ShmSize: 300_000 }],
    ['ulimit = { nofile = "1024:2048" }', { Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }] }],
    ['cap_add = ["NET_ADMIN"]', { CapAdd: ['NET_ADMIN'] }],
    ['runtime = "runsc"', { Runtime: 'runsc' }],
    ['userns_mode = ""', {}],
    ['gpus = "all"', { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] }],
    ['dns = ["10.0.0.2"]', { Dns: ['10.0.0.2'] }],
    ['pid_mode = "host"', { PidMode: 'host' }],
    ['log_options = { labels = "a" }', { LogConfig: { Type: 'json-file', Config: { labels: 'a' } } }],
  ])('%s', (line, wanted) => {
    const logs = { LogConfig: { Type: 'json-file', Config: {} } }
    expect(docker(line)?.buildHost).toEqual({ ...logs, ...wanted })
  })

  test('services have their own', () => {
    const settings = docker(
      'memory = "1g"\nservice_memory = "2g"\ncap_add = ["SYS_ADMIN"]\nruntime = "runsc"',
    )
    expect(settings?.serviceHost).toEqual({
      Memory: 2 * 1024 ** 3,
      Runtime: 'runsc',
      LogConfig: { Type: 'json-file', Config: {} },
    })
  })
})

describe('what is wrong is refused, with line and key', () => {
  test.each([
    ['memory = "12x"', 'memory: expected a size such as 512m or 2g, not "12x"'],
    ['cpus = "many"', 'cpus: expected a number of processors such as 0.5 or 2, not "many"'],
    ['privileged = "true"', 'privileged: expected true or false, without quotes'],
    ['volumes = "/cache"', 'volumes: expected a list of texts'],
    ['pull_policy = "sometimes"', 'pull_policy: expected always, if-not-present, never, or a list of them'],
    ['dns = ["dns.example"]', 'dns[0]: expected an IP address'],
    ['ulimit = { nofile = "x" }', 'ulimit.nofile: expected "SOFT" or "SOFT:HARD"'],
    [
      'devices = ["a:b:c:d"]',
      'devices[0]: expected HOST, HOST:CONTAINER or HOST:CONTAINER:rwm, not "a:b:c:d"',
    ],
    ['log_options = { max-size = "1m" }', 'log_options.max-size: only env and labels can be set'],
    ['services = [{ alias = "db" }]', 'services[0]: expected the name of an image, or a table with a name'],
    ['mac_address = "02:42"', 'mac_address: expected six bytes in hexadecimal, 02:42:ac:11:00:02'],
    [
      'mirrors = { "quay.io" = "https://mirror.example" }',
      'mirrors.quay.io: expected "HOST" = "HOST" or "HOST/PATH", each without https://',
    ],
    [
      'mirrors = { "quay.io/acme" = "mirror.example" }',
      'mirrors.quay.io/acme: expected "HOST" = "HOST" or "HOST/PATH", each without https://',
    ],
    ['isolation = "vm"', 'isolation: expected default, process or hyperv'],
  ])('%s', (line, message) => {
    expect(refusal(`[[runners]]\n[runners.docker]\n${line}\n`)).toBe(
      `a mistake in the runner's configuration:\n  config.toml:3: runners[0].docker.${message}`,
    )
  })

  test.each([
    ['prepare_timeout = 300', 'prepare_timeout: expected a time such as "30s" or "1h30m", not 300'],
    [
      'get_sources_timeout = "soon"',
      'get_sources_timeout: expected a time such as "30s" or "1h30m", not "soon"',
    ],
    ['custom_build_dir = true', 'custom_build_dir: expected a table'],
    [
      'custom_build_dir = { enabled = "no" }',
      'custom_build_dir.enabled: expected true or false, without quotes',
    ],
  ])('%s of a runner', (line, message) => {
    expect(refusal(`[[runners]]\n${line}\n`)).toBe(
      `a mistake in the runner's configuration:\n  config.toml:2: runners[0].${message}`,
    )
  })

  test('all mistakes at once, in the order of the file', () => {
    const text = '[[runners]]\n[runners.docker]\nmemory = "x"\n[[runners]]\nname = 1\n'
    expect(refusal(text)).toBe(
      [
        "2 mistakes in the runner's configuration:",
        '  config.toml:3: runners[0].docker.memory: expected a size such as 512m or 2g, not "x"',
        '  config.toml:5: runners[1].name: expected a text in quotes',
      ].join('\n'),
    )
  })

  test('what is no TOML, without the text of the file', () => {
    const message = refusal('[[runners]]\ntoken = "glrt-secret\nurl = "x"\n')
    expect(message).toMatch(/^a mistake in the runner's configuration:\n {2}config\.toml:2: /)
    expect(message).not.toContain('glrt-secret')
  })
})

describe('keys that are left alone', () => {
  test('what only GitLab Runner has is named once', () => {
    const text =
      '[[runners]]\nproxy_exec = true\n[runners.cache]\nType = "s3"\n[[runners]]\nproxy_exec = true\n'
    expect(read(text).warnings).toEqual(['config.toml: without effect here: proxy_exec, cache'])
  })

  test('what nobody knows is named with its line, and with what may be meant', () => {
    const text =
      '[[runners]]\n[runners.docker]\nprivileget = true\n[runners.custom_build_dir]\nenable = true\n'
    expect(read(text).warnings).toEqual([
      'config.toml:3: unknown key privileget is left alone (did you mean privileged?)',
      'config.toml:5: unknown key enable is left alone (did you mean enabled?)',
    ])
  })

  test('a key that is written otherwise here is named with that', () => {
    const text =
      '[[runners]]\n[runners.docker]\n[runners.docker.registry_proxy]\n"quay.io" = "mirror.example"\n'
    expect(read(text).warnings).toEqual([
      'config.toml:3: unknown key registry_proxy is left alone (it is written mirrors here)',
    ])
  })

  test('so is a feature flag that nobody knows', () => {
    const text = '[[runners]]\n[runners.feature_flags]\nFF_USE_FASTZIP = true\nFF_NETWORK_PER_BILD = true\n'
    expect(read(text).warnings).toEqual([
      'config.toml:4: unknown key FF_NETWORK_PER_BILD is left alone (did you mean FF_NETWORK_PER_BUILD?)',
    ])
  })
})

test('mirrors are kept as canonical names have them', () => {
  const lines = '"INDEX.docker.io" = "Mirror.example:5000"\n"quay.io" = "harbor.example/quay"\n'
  expect(docker(`[runners.docker.mirrors]\n${lines}`)?.mirrors).toEqual([
    { registry: 'docker.io', prefix: 'mirror.example:5000' },
    { registry: 'quay.io', prefix: 'harbor.example/quay' },
  ])
})

test('the proxy of a runner', () => {
  const { runners } = read(`[[runners]]
[runners.entrepot]
proxy = "http://cache.example:5000"
token_file = "/run/secrets/token"
group = "acme"
engine_address = "127.0.0.1:5000"
job_address = "10.0.0.1:5000"
`)
  expect(runners[0]?.proxy).toEqual({
    url: 'http://cache.example:5000',
    tokenFile: '/run/secrets/token',
    group: 'acme',
    engineAddress: '127.0.0.1:5000',
    jobAddress: '10.0.0.1:5000',
  })
  expect(refusal('[[runners]]\n[runners.entrepot]\nproxy = "http://u:p@x"\n')).not.toContain('u:p')
})
