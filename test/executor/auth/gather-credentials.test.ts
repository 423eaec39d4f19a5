import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CredentialSources, gatherCredentials } from '../../../src/executor/auth/gather-credentials.ts'
import { makeTempDir } from '../../support/temp-dir.ts'

const NO_SOURCES: CredentialSources = {
  authConfig: undefined,
  homeDirectory: undefined,
  payload: [],
  helpers: { env: {} },
}

describe('credentials are gathered', () => {
  test("from the variable, the user's files and the job, the first source winning a path", async () => {
    await using home = await makeTempDir()
    await mkdir(join(home.path, '.docker'))
    await writeFile(
      join(home.path, '.docker/config.json'),
      auths({ 'a.example': 'file', 'b.example': 'file' }),
    )
    await writeFile(join(home.path, '.dockercfg'), 'not read beside config.json')
    const { entries, warnings } = await gatherCredentials({
      ...NO_SOURCES,
      authConfig: auths({ 'a.example': 'variable' }),
      homeDirectory: home.path,
      payload: ['a.example', 'b.example', 'c.example'].map((registry) => ({
        registry,
        username: 'payload',
        password: 'x',
      })),
    })
    expect(entries.map(({ key, source, login }) => [key, source, login])).toEqual([
      ['a.example', '$DOCKER_AUTH_CONFIG', user('variable')],
      ['b.example', join(home.path, '.docker/config.json'), user('file')],
      ['c.example', 'job payload (GitLab Registry)', user('payload')],
    ])
    expect(warnings).toEqual([])
  })

  test('from .dockercfg where there is no config.json', async () => {
    await using home = await makeTempDir()
    await writeFile(join(home.path, '.dockercfg'), JSON.stringify({ 'a.example': { auth: pair('old') } }))
    const { entries } = await gatherCredentials({ ...NO_SOURCES, homeDirectory: home.path })
    expect(entries.map(({ login }) => login)).toEqual([user('old')])
  })

  test('without a source that cannot be read, which is told', async () => {
    const payload = [{ registry: 'a.example', username: 'payload', password: 'x' }]
    const { entries, warnings } = await gatherCredentials({
      ...NO_SOURCES,
      authConfig: '{"auths":{},}',
      payload,
    })
    expect(entries).toHaveLength(1)
    expect(warnings).toEqual([
      'Failed to resolve credentials from $DOCKER_AUTH_CONFIG: it is not valid JSON: a comma stands before } ' +
        '(line 1, column 12). Credentials from this source will not be used.',
    ])
  })
})

describe('helper programs', () => {
  test('are asked for what they list, and win over what is written down; those of a registry win over the store', async () => {
    await using bin = await makeTempDir()
    await helper(bin.path, 'store', {
      list: `echo '{"https://index.docker.io/v1/":"hub","a.example":"a","gone.example":"x"}'`,
      get: `case "$(cat)" in
        https://index.docker.io/v1/) echo '{"ServerURL":"x","Username":"hub","Secret":"x"}';;
        a.example) echo '{"serverurl":"x","username":"from store","secret":"x"}';;
        *) echo 'credentials not found in native keychain'; exit 1;;
      esac`,
    })
    await helper(bin.path, 'ecr-login', { get: `echo '{"Username":"<token>","Secret":"abc"}'` })
    const authConfig = JSON.stringify({
      auths: { 'a.example': { auth: pair('written') }, 'gone.example': { auth: pair('written') } },
      credsStore: 'store',
      credHelpers: { 'ecr.example': 'ecr-login' },
    })
    const { entries, warnings } = await gatherCredentials({
      ...NO_SOURCES,
      authConfig,
      helpers: inPath(bin.path),
    })
    expect(new Map(entries.map(({ path, login }) => [path, login]))).toEqual(
      new Map<string, object>([
        ['a.example', user('from store')],
        ['gone.example', user('written')],
        ['docker.io', user('hub')],
        ['ecr.example', { kind: 'identity-token', token: 'abc' }],
      ]),
    )
    expect(warnings).toEqual([])
  })

  test('that hold nothing leave images to be pulled as nobody', async () => {
    await using bin = await makeTempDir()
    await helper(bin.path, 'empty', {
      list: 'echo {}',
      get: 'echo credentials not found in native keychain; exit 1',
    })
    const authConfig = '{"credsStore":"empty","credHelpers":{"a.example":"empty"}}'
    expect(await gatherCredentials({ ...NO_SOURCES, authConfig, helpers: inPath(bin.path) })).toEqual({
      entries: [],
      warnings: [],
    })
  })

  test.each([
    ['is not installed', 'nowhere', '', 'is not in PATH: install docker-credential-nowhere'],
    [
      'fails',
      'bad',
      'echo s3cret; echo s3cret >&2; exit 3',
      'failed at list: run docker-credential-bad by hand',
    ],
    ['talks nonsense', 'odd', 'echo s3cret', 'answered list with something else than a JSON object'],
    ['hangs', 'slow', 'exec sleep 60', 'did not answer within 300 ms'],
  ])('that %s cost their source, with a warning that repeats nothing', async (_what, name, script, want) => {
    await using bin = await makeTempDir()
    if (script !== '') await helper(bin.path, name, { list: script })
    const helpers = { ...inPath(bin.path), timeoutMs: 300 }
    const authConfig = JSON.stringify({ credsStore: name })
    const { warnings } = await gatherCredentials({ ...NO_SOURCES, authConfig, helpers })
    expect(warnings).toEqual([expect.stringContaining(`the credential helper "${name}" ${want}`)])
    expect(warnings.join()).not.toContain('s3cret')
  })

  test.each(['../../bin/evil', 'a/b', 'a\\b'])('named %s are refused with the whole job', async (name) => {
    const authConfig = JSON.stringify({ credHelpers: { 'a.example': name } })
    await expect(gatherCredentials({ ...NO_SOURCES, authConfig })).rejects.toMatchObject({
      code: 'CREDENTIAL_HELPER_REFUSED',
      message: expect.stringContaining('path traversal is not allowed'),
    })
  })
})

/** A real program that answers by the helpers' protocol. */
async function helper(dir: string, name: string, verbs: Readonly<Record<string, string>>): Promise<void> {
  const cases = Object.entries(verbs).map(([verb, script]) => `${verb}) ${script} ;;`)
  const path = join(dir, `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\ncase "$1" in\n${cases.join('\n')}\n*) exit 2 ;;\nesac\n`)
  await chmod(path, 0o755)
}

function inPath(dir: string) {
  return { env: { PATH: [dir, process.env.PATH].join(delimiter) } }
}

function auths(users: Readonly<Record<string, string>>): string {
  const entries = Object.entries(users).map(([key, name]) => [key, { auth: pair(name) }])
  return JSON.stringify({ auths: Object.fromEntries(entries) })
}

function pair(name: string): string {
  return Buffer.from(`${name}:x`).toString('base64')
}

function user(username: string) {
  return { kind: 'password', username, password: 'x' }
}
