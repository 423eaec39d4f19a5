import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseGroupPath } from '../../src/oci/group-path.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts'
import { type RunningProxy, startProxy } from '../support/start-proxy.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { CliProcess } from './cli-process.ts'

const EXTERNAL = 'https://cache.example'

let upstream: ScriptedUpstream
let proxy: RunningProxy
let config: string
let isStopped: boolean

beforeEach(async () => {
  upstream = await startScriptedUpstream()
  upstream.addImage('library/app', { tags: ['1'], layers: [randomBytes(100)] })
  const options = { externalUrl: EXTERNAL, groups: { acme: { anonymousNetworks: [] } } }
  proxy = await startProxy({ upstreams: { 'docker.io': upstream.url }, ...options })
  config = join(proxy.storagePath, 'entrepot.yaml')
  const settings = {
    storage: { path: '.' },
    externalUrl: EXTERNAL,
    upstreams: { 'docker.io': { url: upstream.url } },
    groups: { acme: { anonymous: { networks: [] } } },
  }
  await writeFile(config, dump(settings))
  isStopped = false
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const program = new CliProcess()
  const code = await program.run([...args, '--config', config], { clock: proxy.clock })
  return { code, out: program.out, err: program.err }
}

// biome-ignore lint/suspicious/noExplicitAny: what a command prints is looked at field by field
async function json(...args: string[]): Promise<any> {
  const { code, out, err } = await cli(...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

/** What a pull as a group is answered, by a server that reads what the commands wrote. */
async function statusOf(secret: string, group = 'acme'): Promise<number> {
  if (isStopped) await proxy.start()
  const authorization = `Basic ${Buffer.from(`x:${secret}`).toString('base64')}`
  const path = `/v2/${group}/dependency_proxy/containers/library/app/manifests/1`
  const { status } = await proxy.get(path, { authorization })
  if (isStopped) await proxy.stop()
  return status
}

describe.each(['a running server', 'a stopped storage'])('on %s', (kind) => {
  beforeEach(async () => {
    isStopped = kind === 'a stopped storage'
    if (isStopped) await proxy.stop()
  })

  test('a token is made, pulls, gets another secret, and is revoked', async () => {
    const created = await json('token', 'create', '--name', 'ci', '--group', 'ACME', '--expires', '90d')
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9A-Za-z]{12}$/),
      name: 'ci',
      role: 'pull',
      groups: ['acme'],
      expiresAt: '2026-04-01T00:00:00.000Z',
      secret: expect.stringMatching(/^ept_/),
    })
    const { id, secret } = created
    expect(await statusOf(secret)).toBe(200)
    const rotated = await json('token', 'rotate', id)
    expect(rotated).toMatchObject({ id, name: 'ci' })
    expect([await statusOf(secret), await statusOf(rotated.secret)]).toEqual([401, 200])
    expect(await json('token', 'list')).toEqual({
      tokens: [
        {
          id,
          name: 'ci',
          role: 'pull',
          groups: ['acme'],
          repositories: [],
          createdAt: '2026-01-01T00:00:00.000Z',
          expiresAt: '2026-04-01T00:00:00.000Z',
          revokedAt: null,
          state: 'valid',
        },
      ],
    })
    expect(await cli('token', 'revoke', id)).toMatchObject({ code: 0, out: `revoked ${id}\n` })
    expect(await cli('token', 'revoke', id)).toMatchObject({ code: 0, out: `${id} had ended already\n` })
    expect(await statusOf(rotated.secret)).toBe(401)
    expect((await json('token', 'list')).tokens[0]).toMatchObject({ id, state: 'revoked' })
    expect(await cli('token', 'rotate', id)).toMatchObject({ code: 2 })
  })

  test('people get the secret alone on standard output', async () => {
    const { out, err } = await cli('token', 'create', '--name', 'ci')
    expect(out).toMatch(/^ept_\w+\n$/)
    expect(err).toMatch(
      /^token ci \(\w{12}\), role pull, for default, without an end\. .*not shown again\.\n$/,
    )
    const { out: list } = await cli('token', 'list')
    expect(list).toMatch(/^ID .*NAME\n\w{12} {2}valid {2}pull {2}never .*default {2}ci\n$/)
    expect(list).not.toContain(out.trim().slice(-36))
  })

  test('a group is declared, pulled as, and taken away', async () => {
    const networks = ['--anonymous-network', '10.0.0.7', '--anonymous-network', 'fd00::/8']
    const made = await json(
      'group',
      'create',
      'Team/Web',
      '--repositories',
      'docker.io/library/*',
      ...networks,
    )
    const group = {
      path: 'team/web',
      origin: 'command',
      repositories: ['docker.io/library/*'],
      anonymousNetworks: ['10.0.0.7/32', 'fd00::/8'],
      upstreams: [],
    }
    expect(made).toEqual(group)
    expect(await json('group', 'show', 'team/web')).toEqual(group)
    const { groups } = await json('group', 'list')
    expect(groups.map(({ path, origin }: typeof group) => [path, origin])).toEqual([
      ['acme', 'settings'],
      ['default', 'settings'],
      ['team/web', 'command'],
    ])
    const { secret } = await json('token', 'create', '--name', 'web', '--group', 'team/web')
    expect(await statusOf(secret, 'team/web')).toBe(200)
    expect(await cli('group', 'remove', 'team/web')).toMatchObject({ code: 0, out: 'removed team/web\n' })
    expect(await statusOf(secret, 'team/web')).toBe(404)
  })

  test('a job is given the five variables, and they end', async () => {
    const { id, expiresAt, variables } = await json('ci-variables', '--group', 'acme', '--job-id', '17')
    expect(expiresAt).toBe('2026-01-01T01:00:00.000Z')
    expect(variables).toEqual({
      CI_DEPENDENCY_PROXY_USER: 'gitlab-ci-token',
      CI_DEPENDENCY_PROXY_PASSWORD: expect.stringMatching(/^epj_/),
      CI_DEPENDENCY_PROXY_SERVER: 'cache.example:443',
      CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX: 'cache.example:443/acme/dependency_proxy/containers',
      CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX: 'cache.example:443/acme/dependency_proxy/containers',
    })
    expect(await statusOf(variables.CI_DEPENDENCY_PROXY_PASSWORD)).toBe(200)
    expect((await json('job-credential', 'list')).jobCredentials).toEqual([
      expect.objectContaining({ id, jobId: '17', group: 'acme', mintedBy: null, state: 'valid' }),
    ])
    expect(await cli('job-credential', 'revoke', id)).toMatchObject({ code: 0, out: `revoked ${id}\n` })
    expect(await statusOf(variables.CI_DEPENDENCY_PROXY_PASSWORD)).toBe(401)
  })

  test('the signing key is changed', async () => {
    expect(await cli('key', 'rotate')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^signing with the key [0-9a-f-]{36} /),
    })
  })

  test.each([
    {
      args: ['token', 'create', '--name', 'x', '--group', 'nope'],
      says: 'entrepot group create nope',
      code: 2,
    },
    {
      args: ['token', 'create', '--name', 'x', '--role', 'admin', '--group', 'acme'],
      says: 'admin',
      code: 2,
    },
    {
      args: ['token', 'create', '--name', 'x', '--expires', '3 weeks'],
      says: 'expected a duration',
      code: 2,
    },
    { args: ['token', 'create', '--name', 'x', '--repositories', 'a[b'], says: 'not closed', code: 2 },
    { args: ['token', 'revoke', 'abcdefabcdef'], says: 'there is no token abcdefabcdef', code: 1 },
    { args: ['group', 'create', 'acme'], says: 'is there already', code: 2 },
    { args: ['group', 'create', 'a b'], says: 'named by its path', code: 2 },
    { args: ['group', 'create', 'x', '--anonymous-network', 'lan'], says: 'expected a network', code: 2 },
    { args: ['group', 'show', 'nope'], says: 'there is no group nope', code: 1 },
    { args: ['group', 'remove', 'acme'], says: 'declared in the settings', code: 2 },
    { args: ['ci-variables', '--group', 'nope'], says: 'entrepot group create nope', code: 2 },
    { args: ['ci-variables', '--group', 'acme', '--ttl', '8d'], says: '7d at most', code: 2 },
    { args: ['job-credential', 'revoke', 'abcdefabcdef'], says: 'there is no job credential', code: 1 },
  ])('$args is refused with $code', async ({ args, says, code }) => {
    const refused = await cli(...args)
    expect(refused).toMatchObject({ code, out: '' })
    expect(refused.err).toContain(says)
    expect(refused.err.split(says)).toHaveLength(2)
  })

  test('a secret in the place of an id is not repeated', async () => {
    const { secret } = await json('token', 'create', '--name', 'x')
    const { code, err } = await cli('token', 'revoke', secret)
    expect(code).toBe(2)
    expect(err).not.toContain(secret)
    expect(await statusOf(secret, 'default')).toBe(200)
  })
})

test('a job goes with the token that it was minted with', async () => {
  const { id, secret } = await json('token', 'create', '--name', 'r', '--group', 'acme', '--role', 'runner')
  const mintedBy = proxy.access.credentials.get(id)
  const order = { group: parseGroupPath('acme'), repositories: [], ttlMs: 60_000, jobId: '1', mintedBy }
  const job = await proxy.access.credentials.mintJob(order)
  expect(await statusOf(job.secret)).toBe(200)
  const { out } = await cli('token', 'revoke', id)
  expect(out).toBe(`revoked ${id}, and 1 job credential minted with it\n`)
  expect([await statusOf(job.secret), await statusOf(secret)]).toEqual([401, 401])
})

test('where jobs reach the server has to be known before one is given variables', async () => {
  await using dir = await makeTempDir()
  const program = new CliProcess()
  const storage = ['--storage', join(dir.path, 'storage')]
  expect(await program.run(['ci-variables', ...storage], { cwd: dir.path })).toBe(2)
  expect(program.err).toContain('externalUrl')
  const told = new CliProcess()
  const args = ['ci-variables', '--url', 'http://10.0.0.7:5000', ...storage]
  expect(await told.run(args, { cwd: dir.path })).toBe(0)
  expect(told.out).toContain('CI_DEPENDENCY_PROXY_SERVER=10.0.0.7:5000\n')
})

test('every event is written down by the server, with who, and without secrets', async () => {
  const { id, secret } = await json('token', 'create', '--name', 'ci')
  const { secret: second } = await json('token', 'rotate', id)
  await json('token', 'revoke', id)
  await json('group', 'create', 'team')
  await json('group', 'remove', 'team')
  const job = await json('ci-variables')
  await json('job-credential', 'revoke', job.id)
  await json('key', 'rotate')
  const audited = proxy.log.lines.filter(({ fields }) => fields.audit === true)
  expect(audited.map(({ fields }) => [fields.event, fields.from])).toEqual(
    [
      'token.created',
      'token.rotated',
      'token.revoked',
      'group.created',
      'group.removed',
      'job_credential.minted',
      'job_credential.revoked',
      'key.rotated',
    ].map((event) => [event, 'control']),
  )
  const log = JSON.stringify(proxy.log.lines)
  for (const each of [secret, second, job.variables.CI_DEPENDENCY_PROXY_PASSWORD])
    expect(log).not.toContain(each)
})
