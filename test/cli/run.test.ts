import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { CliProcess } from './cli-process.ts'
// The command loads it when it is wanted: on a busy machine that takes longer than any of these waits.
import '../../src/cli/run/run-from-file.ts'

const JOB = {
  id: 1,
  token: 'a-secret-token',
  steps: [{ name: 'script', script: ['true'] }],
  image: { name: 'x' },
}

async function run(files: Record<string, string>, ...args: string[]) {
  await using dir = await makeTempDir()
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir.path, name), text)
  const cli = new CliProcess()
  const code = await cli.run(['run', ...args], { cwd: dir.path, env: { HOME: dir.path } })
  return { code, out: cli.out, err: cli.err.replaceAll(dir.path, 'DIR') }
}

describe('a run is refused with 2', () => {
  test('without a project', async () => {
    expect(await run({})).toMatchObject({ code: 2, err: expect.stringContaining('in no work tree of git') })
  })

  test('for a file that is not there', async () => {
    const { code, err } = await run({}, '--job', 'job.json')
    expect(code).toBe(2)
    expect(err).toContain('DIR/job.json cannot be read')
  })

  test('for a job that is none, without showing it', async () => {
    const { code, err } = await run({ 'job.json': '{"token": "a-secret-token", }' }, '--job', 'job.json')
    expect(code).toBe(2)
    expect(err).toBe('entrepot: the job cannot be read:\n  the file is not JSON\n')
  })

  test('for a config.toml with mistakes, each with its line', async () => {
    const files = {
      'job.json': JSON.stringify(JOB),
      'config.toml': '[[runners]]\n[runners.docker]\nmemory = "x"\n',
    }
    const { code, err } = await run(files, '--job', 'job.json', '--config', 'config.toml')
    expect(code).toBe(2)
    expect(err).toContain('config.toml:3: runners[0].docker.memory: expected a size')
  })
})

describe('of several runners in a config.toml', () => {
  const files = {
    'job.json': JSON.stringify(JOB),
    'config.toml': ['fast', 'slow', 'slow']
      .map(
        (name, index) => `[[runners]]\nname = "${name}"\n[runners.docker]\nhost = "unix:///none/${index}"\n`,
      )
      .join(''),
  }
  const LISTED = 'fast, slow, slow'

  test.each([
    [[], `config.toml has 3 runners: say with --runner which one: ${LISTED}`],
    [['--runner', 'fats'], `config.toml has no runner fats (did you mean fast?); its runners: ${LISTED}`],
    [['--runner', 'slow'], `config.toml has 2 runners called slow; its runners: ${LISTED}`],
  ])('%j is refused with 2', async (flags, message) => {
    const { code, err } = await run(files, '--job', 'job.json', '--config', 'config.toml', ...flags)
    expect({ code, err }).toEqual({ code: 2, err: `entrepot: ${message}\n` })
  })

  test('the one that is named has the job', async () => {
    const flags = ['--config', 'config.toml', '--runner', 'fast']
    const { code, err } = await run(files, '--job', 'job.json', ...flags)
    expect(code).toBe(3)
    expect(err).toContain('unix:///none/0')
  })

  test('a name without a file is refused', async () => {
    const { code, err } = await run(files, '--job', 'job.json', '--runner', 'fast')
    expect(code).toBe(2)
    expect(err).toContain('--runner fast needs the file that has this runner: --config')
  })
})

test('a job of more than 16 MiB is refused with 2', async () => {
  const { code, err } = await run({ 'job.json': ' '.repeat(16 * 1024 * 1024 + 1) }, '--job', 'job.json')
  expect(code).toBe(2)
  expect(err).toContain('job.json cannot be read: it is larger than 16 MiB')
})

describe('a run is refused with 3', () => {
  test('when there is no engine, naming the setting', async () => {
    const files = { 'job.json': JSON.stringify(JOB) }
    const host = 'unix:///nonexistent/docker.sock'
    const { code, err } = await run(files, '--job', 'job.json', '--docker-host', host)
    expect(code).toBe(3)
    expect(err).toContain(host)
    expect(err).toContain('host in [runners.docker], or DOCKER_HOST')
  })
})
