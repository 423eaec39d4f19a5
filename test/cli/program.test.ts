import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CliProcess } from './cli-process.ts'

const VERSION = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

describe('data goes to standard output, and the exit code is 0', () => {
  const cases: [args: string[], want: RegExp][] = [
    [['version'], new RegExp(`^${VERSION}\n$`)],
    [['--version'], new RegExp(`^${VERSION}\n$`)],
    [['-V'], new RegExp(`^${VERSION}\n$`)],
    [['version', '--json'], new RegExp(`^\\{"version":"${VERSION}","node":"\\d+`)],
    [['--help'], /serve \[options\] +run the cache[\s\S]*docker pull[\s\S]*README\.md/],
    [['serve', '--help'], /--listen <host:port>[\s\S]*Examples:/],
    [['version', '-h'], /print the version/],
  ]
  test.each(cases)('entrepot %j', async (args, want) => {
    const cli = new CliProcess()
    expect(await cli.run(args)).toBe(0)
    expect(cli.out).toMatch(want)
    expect(cli.err).toBe('')
  })
})

describe('wrong use is told on standard error, and the exit code is 2', () => {
  const cases: [args: string[], want: RegExp][] = [
    [[], /^Usage: entrepot/],
    [['srve'], /^entrepot: unknown command 'srve'\n\(Did you mean serve\?\)/],
    [['serve', '--lisen', 'x'], /^entrepot: unknown option '--lisen'\n\(Did you mean --listen\?\)/],
    [['serve', 'twice'], /too many arguments/],
    [['serve', '--listen'], /argument missing/],
    [['version', '--yaml'], /unknown option '--yaml'/],
    [
      ['serve', '--listen', 'x', '--log-level', 'loud', '--upstream', 'y'],
      /^entrepot: 3 mistakes in the settings:\n {2}--upstream: .*\n {2}--listen: .*\n {2}--log-level: .*\n$/,
    ],
    [['serve', '--config', 'gone.yaml'], /a mistake in the settings:\n {2}--config: there is no such file/],
  ]
  test.each(cases)('entrepot %j', async (args, want) => {
    const cli = new CliProcess()
    expect(await cli.run(args)).toBe(2)
    expect(cli.err).toMatch(want)
    expect(cli.out).toBe('')
  })
})
