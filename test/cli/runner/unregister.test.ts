import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Coordinator } from '../../support/coordinator/coordinator.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { testCertificate } from '../../support/tls/certificate.ts'
import { CliProcess } from '../cli-process.ts'

/** Two runners that a server with a certificate of its own knows, one that it does not, and comments. */
async function start() {
  const directory = await makeTempDir()
  const server = await Coordinator.start({ tls: testCertificate() })
  const file = join(directory.path, 'config.toml')
  await writeFile(join(directory.path, 'ca.pem'), testCertificate().cert)
  const [one, two] = [server.runners.create(), server.runners.create()]
  const block = (name: string, token: string) =>
    `[[runners]]\n  name = "${name}"\n  url = "${server.url}"\n  token = "${token}"\n  tls-ca-file = "ca.pem"\n`
  const head = '# ours\nconcurrent = 4 # enough\n'
  const blocks = {
    one: block('one', one),
    two: block('two', two),
    stranger: block('stranger', 's3cret-of-stranger'),
  }
  await writeFile(file, head + blocks.one + blocks.stranger + blocks.two)
  return {
    server,
    tokens: { one, two },
    head,
    blocks,
    text: () => readFile(file, 'utf8'),
    async run(...args: readonly string[]) {
      const cli = new CliProcess()
      const code = await cli.run(['runner', ...args, '-c', file], {})
      return { code, out: cli.out, err: cli.err, file }
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describe('entrepot runner unregister', () => {
  test('makes the server forget one, and leaves the rest of the file as it was written', async () => {
    await using setup = await start()
    const { code, out, err, file } = await setup.run('unregister', '--name', 'one')
    expect({ code, out, err }).toEqual({
      code: 0,
      out: 'one: Unregistering runner from GitLab succeeded\n',
      err: `Updated ${file}\n`,
    })
    expect(await setup.text()).toBe(setup.head + setup.blocks.stranger + setup.blocks.two)
    expect(setup.server.callsTo(/^DELETE runners\/managers$/)).toHaveLength(1)
  })

  test('by its token', async () => {
    await using setup = await start()
    expect((await setup.run('unregister', '-t', setup.tokens.two, '-u', setup.server.url)).code).toBe(0)
    expect(await setup.text()).toBe(setup.head + setup.blocks.one + setup.blocks.stranger)
  })

  test('all of them, and what the server does not forget stays', async () => {
    await using setup = await start()
    const { code, out, err } = await setup.run('unregister', '--all-runners')
    expect(code).toBe(1)
    expect(out.split('\n')).toHaveLength(3)
    expect(err).toContain('stranger could not be unregistered: DELETE https://127.0.0.1:')
    expect(err + out).not.toContain('s3cret')
    expect(await setup.text()).toBe(setup.head + setup.blocks.stranger)
  })

  test.each([
    [[], 'at least one of --name or --token must be specified, or --all-runners'],
    [['-u', 'https://x.example'], 'at least one of --name or --token must be specified'],
    [['-n', 'nobody'], 'there is no runner like that in '],
  ])('refuses %j', async (flags, message) => {
    await using setup = await start()
    const before = await setup.text()
    const { code, err } = await setup.run('unregister', ...flags)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(setup.server.calls).toEqual([])
    expect(await setup.text()).toBe(before)
  })

  test('refuses a name that two have', async () => {
    await using setup = await start()
    await writeFile((await setup.run('list')).file, setup.blocks.one + setup.blocks.one)
    const { code, err } = await setup.run('unregister', '-n', 'one')
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('2 runners are like that') })
  })
})

describe('entrepot runner verify --delete', () => {
  test('cuts out whom the server does not know', async () => {
    await using setup = await start()
    const { code, out, err, file } = await setup.run('verify', '--delete')
    expect({ code, err }).toEqual({ code: 0, err: `Updated ${file}\n` })
    expect(out).toContain('stranger: is not valid')
    expect(await setup.text()).toBe(setup.head + setup.blocks.one + setup.blocks.two)
  })

  test('keeps whose server cannot be asked', async () => {
    await using setup = await start()
    setup.server.fault({ at: /verify/, answer: { status: 400 } })
    const before = await setup.text()
    expect((await setup.run('verify', '--delete')).code).toBe(1)
    expect(await setup.text()).toBe(before)
  })
})
