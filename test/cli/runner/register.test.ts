import { readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { Coordinator, type CoordinatorOptions } from '../../support/coordinator/coordinator.ts'
import { REGISTRATION_TOKEN } from '../../support/coordinator/runner-registry.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { testCertificate } from '../../support/tls/certificate.ts'
import { CliProcess } from '../cli-process.ts'

const SUCCESS =
  "Runner registered successfully. Feel free to start it, but if it's running already the config should be " +
  'automatically reloaded!'

/** A server, and somebody who registers runners with it. */
async function start(options: CoordinatorOptions = {}) {
  const directory = await makeTempDir()
  const server = await Coordinator.start(options)
  const file = join(directory.path, 'etc', 'config.toml')
  return {
    directory: directory.path,
    server,
    file,
    async register(
      args: readonly string[],
      { answers, env = {} }: { answers?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
    ) {
      const cli = new CliProcess()
      const code = await cli.run(['runner', 'register', ...args], {
        cwd: directory.path,
        env: { CONFIG_FILE: file, ...env },
        stdin: Readable.from(answers?.map((line) => `${line}\n`) ?? []),
      })
      expect(cli.out).toBe('')
      return { code, told: cli.err }
    },
    async runners(): Promise<Record<string, unknown>[]> {
      return parse(await readFile(file, 'utf8')).runners as Record<string, unknown>[]
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

type Setup = Awaited<ReturnType<typeof start>>

const docker = (setup: Setup, ...more: string[]) => [
  '-n',
  '--url',
  setup.server.url,
  '--executor',
  'docker',
  '--docker-image',
  'alpine:3',
  ...more,
]

describe('a runner that was made on the server', () => {
  test('is verified, and written to a new file that only its owner reads', async () => {
    await using setup = await start()
    const token = setup.server.runners.create()
    const { code, told } = await setup.register(docker(setup, '--token', token, '--name', 'mine'))
    expect({ code, told }).toEqual({
      code: 0,
      told: `Verifying runner... is valid\n${SUCCESS}\nConfiguration (with the authentication token) was saved in "${setup.file}"\n`,
    })
    expect(setup.server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST runners/verify'])
    expect(await readFile(setup.file, 'utf8')).toMatch(
      /^concurrent = 1\n\n\[\[runners\]\]\n {2}name = "mine"\n/,
    )
    expect((await stat(setup.file)).mode & 0o777).toBe(0o600)
    expect(await setup.runners()).toEqual([
      {
        name: 'mine',
        url: setup.server.url,
        id: 1,
        token,
        token_obtained_at: expect.any(Date),
        executor: 'docker',
        docker: { image: 'alpine:3', volumes: ['/cache'] },
      },
    ])
    const systemId = await readFile(join(setup.directory, 'etc', '.runner_system_id'), 'utf8')
    expect(setup.server.calls[0]?.json.system_id).toBe(systemId.trim())
  })

  test('is written with the end of its token, where that has one', async () => {
    await using setup = await start()
    setup.server.runners.tokenExpiresAt = '2126-02-01T10:00:00.250Z'
    const token = setup.server.runners.create()
    await setup.register(docker(setup, '--token', token))
    expect(await readFile(setup.file, 'utf8')).toContain('token_expires_at = 2126-02-01T10:00:00.000Z\n')
  })

  test.each([
    ['--locked=false'],
    ['--tag-list', 'a,b'],
    ['--run-untagged'],
    ['--access-level', 'ref_protected'],
    ['--maximum-timeout', '60'],
    ['--paused'],
    ['--maintenance-note', 'x'],
  ])('has its %s on the server only', async (...flags) => {
    await using setup = await start()
    const { code, told } = await setup.register(
      docker(setup, '--token', setup.server.runners.create(), ...flags),
    )
    expect(code).toBe(2)
    expect(told).toContain(
      `${flags[0]?.split('=')[0]} cannot be specified when registering with a runner auth`,
    )
    expect(setup.server.calls).toEqual([])
  })

  test('given as a registration token, what the server keeps is passed over', async () => {
    await using setup = await start()
    const token = setup.server.runners.create()
    const { code, told } = await setup.register(
      docker(setup, '--registration-token', token, '--locked=false', '--tag-list', 'a'),
    )
    expect(code).toBe(0)
    expect(told).toContain('--locked, --tag-list ignored')
    expect(await setup.runners()).toMatchObject([{ token, name: hostname() }])
  })

  test('is told when it is in the file already', async () => {
    await using setup = await start()
    const token = setup.server.runners.create()
    await setup.register(docker(setup, '--token', token))
    const { code, told } = await setup.register(docker(setup, '--token', token))
    expect(code).toBe(0)
    expect(told).toContain('A runner with this system ID and token has already been registered.')
    expect(await setup.runners()).toHaveLength(2)
  })
})

describe('a registration token', () => {
  test('makes a runner, with what the server is to know of it', async () => {
    await using setup = await start()
    const { code, told } = await setup.register(
      docker(
        setup,
        ...['-r', REGISTRATION_TOKEN, '--description', 'one', '--tag-list', 'build, deploy'],
        ...['--locked=false', '--access-level', 'ref_protected', '--maximum-timeout', '600'],
        ...['--paused', '--maintenance-note', 'ours'],
      ),
    )
    expect(code).toBe(0)
    expect(told).toContain('Registering runner... succeeded\n')
    const [{ token }] = (await setup.runners()) as [{ token: string }]
    expect(setup.server.runners.settingsOf(token)).toMatchObject({
      description: 'one',
      tag_list: 'build,deploy',
      run_untagged: false,
      locked: false,
      access_level: 'ref_protected',
      maximum_timeout: 600,
      paused: true,
      maintenance_note: 'ours',
    })
    expect(told + (await readFile(setup.file, 'utf8'))).not.toContain(REGISTRATION_TOKEN)
  })

  test('that is wrong', async () => {
    await using setup = await start()
    const { code, told } = await setup.register(docker(setup, '-r', 's3cret-of-nobody'))
    expect({ code, told: told.split('\n').at(-2) }).toMatchObject({
      code: 1,
      told: expect.stringContaining('Registering runner... forbidden (check the token)'),
    })
    expect(told).not.toContain('s3cret-of-nobody')
  })

  test('where the server takes none any more', async () => {
    await using setup = await start()
    setup.server.runners.isClosed = true
    const { code, told } = await setup.register(docker(setup, '-r', REGISTRATION_TOKEN))
    expect(code).toBe(1)
    expect(told).toContain('make the runner there, and pass its glrt- token as --token')
  })

  test('beside --token counts for nothing', async () => {
    await using setup = await start()
    const token = setup.server.runners.create()
    const { code } = await setup.register(docker(setup, '--token', token, '-r', REGISTRATION_TOKEN))
    expect(code).toBe(0)
    expect(setup.server.callsTo(/^POST runners$/)).toEqual([])
    expect(await setup.runners()).toMatchObject([{ token }])
  })
})

describe('what was not said is asked for', () => {
  test("in GitLab Runner's order and words, with a registration token", async () => {
    await using setup = await start()
    const answers = [
      setup.server.url,
      REGISTRATION_TOKEN,
      'asked',
      'a,b',
      '',
      'shell',
      'docker',
      '',
      'ruby:3.3',
    ]
    const { code, told } = await setup.register([], { answers })
    expect(code).toBe(0)
    expect(told.split('\n')).toEqual([
      'Enter the GitLab instance URL (for example, https://gitlab.com/):',
      'Enter the registration token:',
      'Enter a description for the runner:',
      `[${hostname()}]: Enter tags for the runner (comma-separated):`,
      'Enter optional maintenance note for the runner:',
      'Registration tokens are deprecated by GitLab: servers make runners themselves, with glrt- tokens.',
      'Registering runner... succeeded',
      'Enter an executor: docker:',
      'Invalid executor specified: shell is not supported. Jobs run in containers of a Docker Engine: the executor is docker',
      'Enter an executor: docker:',
      'Enter the default Docker image (for example, ruby:3.3):',
      'Enter the default Docker image (for example, ruby:3.3):',
      SUCCESS,
      `Configuration (with the authentication token) was saved in "${setup.file}"`,
      '',
    ])
    expect(await setup.runners()).toMatchObject([{ name: 'asked', docker: { image: 'ruby:3.3' } }])
  })

  test('with a token of a runner that was made on the server, an empty line takes what was said', async () => {
    await using setup = await start()
    const token = setup.server.runners.create()
    const { code, told } = await setup.register(
      ['--url', setup.server.url, '--token', token, '--docker-image', 'ruby:3.3'],
      { answers: ['', '', 'docker', ''] },
    )
    expect(code).toBe(0)
    expect(told).toContain(`[${setup.server.url}]: Verifying runner... is valid\n`)
    expect(told).toContain(
      `Enter a name for the runner. This is stored only in the local config.toml file:\n[${hostname()}]: `,
    )
  })

  test('when nobody answers, and the runner is deleted again', async () => {
    await using setup = await start()
    const { code, told } = await setup.register([], {
      answers: [setup.server.url, REGISTRATION_TOKEN, 'asked', '', ''],
    })
    expect(code).toBe(2)
    expect(told).toContain('Unexpected EOF. Did you mean to use --non-interactive? The executor is not known')
    expect(told).toContain('Unregistering runner from GitLab succeeded')
    expect(setup.server.callsTo(/^DELETE runners$/)).toHaveLength(1)
    await expect(stat(setup.file)).rejects.toThrow('ENOENT')
  })

  test('not with --non-interactive, and the server is not asked either', async () => {
    await using setup = await start()
    for (const [args, flag] of [
      [['-n'], 'url'],
      [['-n', '-u', setup.server.url], 'token'],
      [['-n', '-u', setup.server.url, '-t', 'glrt-x'], 'executor'],
      [['-n', '-u', setup.server.url, '-t', 'glrt-x', '--executor', 'docker'], 'docker-image'],
    ] as const) {
      const { code, told } = await setup.register(args)
      expect({ code, told }).toEqual({
        code: 2,
        told: `entrepot: The ${flag} needs to be entered: pass --${flag}\n`,
      })
    }
    expect(setup.server.calls).toEqual([])
  })
})

describe('a registration that fails afterwards', () => {
  test('makes the server forget the runner', async () => {
    await using setup = await start()
    await writeFile(join(setup.directory, 'etc'), '')
    const { code, told } = await setup.register(docker(setup, '-r', REGISTRATION_TOKEN))
    expect(code).not.toBe(0)
    expect(told).not.toContain(SUCCESS)
    expect(setup.server.calls).toEqual([])
  })

  test.each([
    ['forgets it', [], 1],
    ['leaves it, with --leave-runner', ['--leave-runner'], 0],
  ])('%s', async (_name, flags, deletions) => {
    await using setup = await start()
    const { code } = await setup.register(
      ['--url', setup.server.url, '-t', setup.server.runners.create(), ...flags],
      { answers: ['', 'mine', 'docker'] },
    )
    expect(code).toBe(2)
    expect(setup.server.callsTo(/^DELETE runners\/managers$/)).toHaveLength(deletions)
  })

  test('does so also when a signal ends it', async () => {
    await using setup = await start()
    const cli = new CliProcess()
    const answers = new AbortController()
    async function* typed() {
      yield `${setup.server.url}\n${REGISTRATION_TOKEN}\nmine\n\n\n`
      // Then nobody types any more.
      await new Promise((resolve) => answers.signal.addEventListener('abort', resolve))
    }
    const running = cli.run(['runner', 'register'], { env: { CONFIG_FILE: setup.file }, stdin: typed() })
    await setup.server.until(() => setup.server.callsTo(/^POST runners$/).length === 1)
    cli.signal('SIGINT')
    expect(await running).toBe(130)
    answers.abort()
    expect(setup.server.callsTo(/^DELETE runners$/)).toHaveLength(1)
    expect(cli.listenerCount('SIGINT')).toBe(0)
  })
})

describe('an executor that is not here is refused before the server is asked', () => {
  test.each(['docker-ssh', 'docker+machine', 'shell', 'kubernetes', 'ssh', 'custom'])(
    '%s',
    async (executor) => {
      await using setup = await start()
      const { code, told } = await setup.register([
        ...['-n', '-u', setup.server.url, '-t', 'glrt-x', '--executor', executor],
      ])
      expect(code).toBe(2)
      expect(told).toContain(`Invalid executor specified: ${executor} is not supported`)
      expect(setup.server.calls).toEqual([])
    },
  )
})

describe('flags and variables', () => {
  test('become keys; a flag wins over its variable, a variable over the template', async () => {
    await using setup = await start()
    const template = join(setup.directory, 'template.toml')
    await writeFile(
      template,
      `[[runners]]
  token = "s3cret-of-template"
  limit = 7
  [runners.docker]
    image = "template"
    memory = "1g"
    cpus = "2"
    privileged = true
    [[runners.docker.services]]
      name = "postgres:latest"
`,
    )
    const token = setup.server.runners.create()
    const { code } = await setup.register(
      [
        ...['--docker-image', 'flag', '--docker-volumes', '/data', '--docker-volumes', '/srv:/cache:ro'],
        ...['--docker-privileged=false', '--docker-services_privileged', '--docker-tlsverify=0'],
        ...['--docker-cert-path', '/certs', '--docker-userns', 'host', '--docker-allowed_users', 'ci'],
        ...['--docker-pull-policy', 'always,if-not-present', '--docker-tmpfs', '/run:rw,noexec'],
        ...['--docker-sysctls', '{"net.core.somaxconn": "1024"}', '--docker-ulimit', 'nofile=1024:2048'],
        ...[
          '--docker-services-limit=3',
          '--env',
          'A=b=c',
          '--env',
          'D=',
          '--feature-flags',
          'FF_TIMESTAMPS:false',
        ],
        ...['--output-limit', '8', '--limit', '4', '--docker-service_gpus', 'all'],
      ],
      {
        env: {
          REGISTER_NON_INTERACTIVE: 'true',
          CI_SERVER_URL: setup.server.url,
          CI_SERVER_TOKEN: token,
          RUNNER_EXECUTOR: 'docker',
          RUNNER_NAME: 'from the environment',
          TEMPLATE_CONFIG_FILE: template,
          DOCKER_IMAGE: 'variable',
          DOCKER_MEMORY: '2g',
          DOCKER_IPC_MODE: 'host',
          DOCKER_CPUS: '',
        },
      },
    )
    expect(code).toBe(0)
    const [runner] = await setup.runners()
    expect(runner).toEqual({
      name: 'from the environment',
      url: setup.server.url,
      id: 1,
      token,
      token_obtained_at: expect.any(Date),
      executor: 'docker',
      environment: ['A=b=c', 'D='],
      limit: 4,
      output_limit: 8,
      feature_flags: { FF_TIMESTAMPS: false },
      docker: {
        image: 'flag',
        memory: '2g',
        cpus: '2',
        privileged: false,
        services_privileged: true,
        services_limit: 3,
        tls_verify: false,
        tls_cert_path: '/certs',
        userns_mode: 'host',
        allowed_users: ['ci'],
        ipcmode: 'host',
        service_gpus: 'all',
        pull_policy: ['always', 'if-not-present'],
        volumes: ['/data', '/srv:/cache:ro'],
        tmpfs: { '/run': 'rw,noexec' },
        sysctls: { 'net.core.somaxconn': '1024' },
        ulimit: { nofile: '1024:2048' },
        services: [{ name: 'postgres:latest' }],
      },
    })
  })

  test.each([
    [['--docker-memory', '12x'], 'docker.memory: expected a size such as 512m or 2g, not "12x"'],
    [['--limit', 'x'], '--limit takes a whole number, not x'],
    [['--docker-privileged=maybe'], '--docker-privileged takes true or false, not maybe'],
    [['--docker-tmpfs', 'x'], '--docker-tmpfs takes KEY=value'],
    [['--access-level', 'all'], '--access-level takes not_protected or ref_protected, not all'],
    [['--url', 'gitlab'], '"gitlab" is no address of a server'],
    [['--template-config', '/nowhere.toml'], '/nowhere.toml cannot be read'],
    [['--docker-imag', 'x'], "unknown option '--docker-imag'"],
  ])('%j is refused before the server is asked', async (flags, message) => {
    await using setup = await start()
    const { code, told } = await setup.register(docker(setup, '-t', 'glrt-x', ...flags))
    expect(code).toBe(2)
    expect(told).toContain(message)
    expect(setup.server.calls).toEqual([])
  })

  test('nothing is kept in /cache where the cache is disabled', async () => {
    await using setup = await start()
    await setup.register(docker(setup, '-t', setup.server.runners.create(), '--docker-disable-cache'))
    expect(await setup.runners()).toMatchObject([{ docker: { image: 'alpine:3', disable_cache: true } }])
    expect(await readFile(setup.file, 'utf8')).not.toContain('volumes')
  })

  test('a limit above that of the program is told', async () => {
    await using setup = await start()
    const { told } = await setup.register(docker(setup, '-t', setup.server.runners.create(), '--limit', '5'))
    expect(told).toContain(
      'The specified runner job concurrency limit (5) is larger than current global concurrency limit (1).',
    )
  })
})

test('a server with a certificate of its own is reached by --tls-ca-file, which is kept', async () => {
  await using setup = await start({ tls: testCertificate() })
  const ca = join(setup.directory, 'ca.pem')
  await writeFile(ca, testCertificate().cert)
  const token = setup.server.runners.create()
  const refused = await setup.register(docker(setup, '-r', REGISTRATION_TOKEN))
  expect(refused.code).toBe(1)
  expect(refused.told).toContain('self-signed certificate')
  const { code } = await setup.register(docker(setup, '-t', token, '--tls-ca-file', ca))
  expect(code).toBe(0)
  expect(await setup.runners()).toMatchObject([{ 'tls-ca-file': ca }])
})

test('AlloyCI registers as GitLab did', async () => {
  await using setup = await start({ dialect: 'alloy' })
  const { code } = await setup.register(docker(setup, '-r', REGISTRATION_TOKEN, '--name', 'alloy'))
  expect(code).toBe(0)
  const [{ token }] = (await setup.runners()) as [{ token: string }]
  expect(setup.server.runners.has(token)).toBe(true)
})
