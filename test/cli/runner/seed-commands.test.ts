import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { readRunnerFile } from '../../../src/executor/config/read-runner-file.ts'
import { Coordinator } from '../../support/coordinator/coordinator.ts'
import { REGISTRATION_TOKEN } from '../../support/coordinator/runner-registry.ts'
import { makeTempDir } from '../../support/temp-dir.ts'
import { CliProcess } from '../cli-process.ts'

/** As guides to GitLab Runner have it, for a container: what stands behind the image's name. */
const IN_A_CONTAINER = `register \\
  --non-interactive \\
  --executor "docker" \\
  --url "http://gitlab.idevops.site/" \\
  --registration-token "4qCqD8pEoLzvgzzVn5oy" \\
  --description "devops-runner" \\
  --tag-list "build,deploy" \\
  --run-untagged="true" \\
  --locked="false" \\
  --docker-image alpine:latest \\
  --access-level="not_protected"`

const WITH_A_TEMPLATE = `runner register \\
--url "https://gitlab.example.com/" \\
--token "$RUNNER_TOKEN" \\
--description "docker-ruby:2.6" \\
--executor "docker" \\
--template-config /tmp/test-config.template.toml \\
--docker-image ruby:3.3`

const TEMPLATE = `[[runners]]
[runners.docker]
[[runners.docker.services]]
name = "postgres:latest"
[[runners.docker.services]]
name = "mysql:latest"
`

/** A server, and somebody who pastes commands. */
async function start() {
  const directory = await makeTempDir()
  const server = await Coordinator.start()
  const file = join(directory.path, 'config.toml')
  const template = join(directory.path, 'template.toml')
  await writeFile(template, TEMPLATE)
  return {
    server,
    /** As a shell splits it, with the places and tokens of this test in it. */
    async paste(command: string, token: string, answers: readonly string[] = []) {
      const words = command
        .replace(/https?:\/\/gitlab[^"]*/, `${server.url}/`)
        .replace(/4qCqD8pEoLzvgzzVn5oy|\$RUNNER_TOKEN/, token)
        .replace('/tmp/test-config.template.toml', template)
        .replaceAll('\\\n', ' ')
        .split(/\s+/)
        .map((word) => word.replaceAll('"', ''))
      const cli = new CliProcess()
      const stdin = Readable.from(answers.map((line) => `${line}\n`))
      const code = await cli.run(words, { env: { CONFIG_FILE: file }, stdin })
      return { code, told: cli.err }
    },
    async runner() {
      const text = await readFile(file, 'utf8')
      const { runners } = readRunnerFile(text, { file, dockerHost: 'unix:///x', env: {} })
      const [written] = parse(text).runners as Record<string, unknown>[]
      return { written, settings: runners[0] }
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

test('register in a container', async () => {
  await using setup = await start()
  const { code, told } = await setup.paste(IN_A_CONTAINER, REGISTRATION_TOKEN)
  expect({ code, told }).toMatchObject({ code: 0 })
  const { settings } = await setup.runner()
  expect(settings).toMatchObject({
    name: 'devops-runner',
    executor: 'docker',
    docker: { image: 'alpine:latest', volumes: ['/cache'] },
  })
  expect(setup.server.runners.settingsOf(settings?.token ?? '')).toMatchObject({
    description: 'devops-runner',
    tag_list: 'build,deploy',
    run_untagged: true,
    locked: false,
    access_level: 'not_protected',
  })
})

test('register with a template, pressing return at every question', async () => {
  await using setup = await start()
  const { code } = await setup.paste(WITH_A_TEMPLATE, setup.server.runners.create(), ['', '', '', ''])
  expect(code).toBe(0)
  const { settings, written } = await setup.runner()
  expect(written).toMatchObject({ name: 'docker-ruby:2.6' })
  expect(settings?.docker.image).toBe('ruby:3.3')
  expect(settings?.docker.services.map(({ name }) => name)).toEqual(['postgres:latest', 'mysql:latest'])
})

test.each(['unregister', 'verify', 'list'])('%s without `runner` in front', async (command) => {
  await using setup = await start()
  await setup.paste(IN_A_CONTAINER, REGISTRATION_TOKEN)
  const words = command === 'unregister' ? `${command} --name devops-runner` : command
  expect((await setup.paste(words, '')).code).toBe(0)
})

test('what stands without `runner` in front is not in the help', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['--help'])).toBe(0)
  expect(cli.out).not.toMatch(/^ {2}(register|unregister|verify|list)\b/m)
  expect(cli.out).toMatch(/^ {2}runner\b/m)
})
