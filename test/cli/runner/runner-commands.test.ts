import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Coordinator } from '../../support/coordinator/coordinator.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { CliProcess } from '../cli-process.ts'

/** A server, and a config.toml with three runners: one that it knows, one that it does not, one without any. */
async function start() {
  const directory = await makeTempDir()
  const server = await Coordinator.start()
  const file = join(directory.path, 'config.toml')
  await writeFile(
    file,
    `concurrent = 4
[[runners]]
  name = "known"
  url = "${server.url}/"
  token = "${server.runners.create()}"
  executor = "docker"
[[runners]]
  name = "stranger"
  url = "${server.url}/ci"
  token = "s3cret-of-stranger"
[[runners]]
  name = "local"
`,
  )
  return {
    server,
    file,
    systemIdFile: join(directory.path, '.runner_system_id'),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describe('entrepot runner list', () => {
  test('names the runners that have a server, and no token', async () => {
    await using setup = await start()
    const { server, file } = setup
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'list', '--config', file], {})).toBe(0)
    expect(cli.out.split('\n')).toEqual([
      'NAME      URL',
      `known     ${server.url}/`,
      `stranger  ${server.url}/ci`,
      '',
    ])
    expect(cli.out + cli.err).not.toContain('s3cret')
  })

  test('prints JSON, and takes the file from CONFIG_FILE', async () => {
    await using setup = await start()
    const { server, file } = setup
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'list', '--json'], { env: { CONFIG_FILE: file } })).toBe(0)
    expect(JSON.parse(cli.out)).toEqual({
      file,
      runners: [
        { name: 'known', url: `${server.url}/` },
        { name: 'stranger', url: `${server.url}/ci` },
      ],
    })
  })

  test('refuses a file that is not there', async () => {
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'list', '--config', '/nowhere/config.toml'], {})).toBe(2)
    expect(cli.err).toContain('/nowhere/config.toml cannot be read: --config says where it is')
  })
})

describe('entrepot runner verify', () => {
  test('tells which runners the server knows', async () => {
    await using setup = await start()
    const { server, file, systemIdFile } = setup
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'verify', '--config', file], {})).toBe(1)
    expect(cli.out.split('\n')).toEqual([
      'known: is valid',
      'stranger: is not valid: the server does not know its token (403)',
      '',
    ])
    expect(cli.out + cli.err).not.toContain('s3cret')
    const systemId = (await readFile(systemIdFile, 'utf8')).trim()
    expect(server.calls.map(({ json }) => json.system_id)).toEqual([systemId, systemId])
  })

  test('tells when a token expires', async () => {
    await using setup = await start()
    setup.server.runners.tokenExpiresAt = '2026-02-01T00:00:00Z'
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'verify', '--config', setup.file, '-n', 'known'], {})).toBe(0)
    expect(cli.out).toBe('known: is valid; its token expires at 2026-02-01T00:00:00.000Z\n')
  })

  test.each([
    ['--name', 'known'],
    ['-n', 'known'],
  ])('only those of a name: %s', async (flag, name) => {
    await using setup = await start()
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'verify', '-c', setup.file, flag, name], {})).toBe(0)
    expect(cli.out).toBe('known: is valid\n')
  })

  test('says when a server cannot be asked', async () => {
    await using setup = await start()
    setup.server.fault({ at: /verify/, answer: { status: 400 } })
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'verify', '-c', setup.file, '-n', 'known'], {})).toBe(1)
    expect(cli.out).toContain('known: could not be verified: POST http://127.0.0.1:')
    expect(cli.out).toContain('was answered with 400')
  })

  test.each([
    [['-n', 'nobody'], 'there is no runner like that in '],
    [['-u', 'https://elsewhere.example'], 'there is no runner like that in '],
  ])('refuses %j', async (flags, words) => {
    await using setup = await start()
    const cli = new CliProcess()
    expect(await cli.run(['runner', 'verify', '-c', setup.file, ...flags], {})).toBe(2)
    expect(cli.err).toContain(words)
    expect(setup.server.calls).toEqual([])
  })
})
