import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeTempDir } from '../support/temp-dir.ts'
import { CliProcess } from './cli-process.ts'

const AUTH = Buffer.from('alice:s3cret').toString('base64')
const env = {
  DOCKER_AUTH_CONFIG: JSON.stringify({
    auths: {
      'registry.example.com': { auth: AUTH },
      'registry.example.com:5000/team': { auth: AUTH },
      'ghcr.io': { registrytoken: 's3cret' },
    },
  }),
}

test('auth explain says which login is taken, and why no other', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['auth', 'explain', 'registry.example.com:5000/team/app:1'], { env })).toBe(0)
  expect(cli.out.split('\n')).toEqual([
    'registry.example.com:5000/team/app:1 is compared as registry.example.com:5000/team/app',
    'pulled as alice, key "registry.example.com:5000/team" of $DOCKER_AUTH_CONFIG',
    'not as alice, key "registry.example.com" of $DOCKER_AUTH_CONFIG: the key "registry.example.com" has no port, ' +
      'and the image names one: write "registry.example.com:5000"',
    'not with a token, key "ghcr.io" of $DOCKER_AUTH_CONFIG: it is for another registry',
    '',
  ])
})

test('auth explain --json prints the same for programs, without a secret', async () => {
  const cli = new CliProcess()
  expect(await cli.run(['auth', 'explain', 'postgres:15', '--json'], { env })).toBe(0)
  const told = JSON.parse(cli.out)
  expect(told).toMatchObject({ image: 'postgres:15', path: 'docker.io/postgres', chosen: null, warnings: [] })
  expect(told.others.map(({ key }: { key: string }) => key)).toEqual([
    'registry.example.com',
    'registry.example.com:5000/team',
    'ghcr.io',
  ])
  expect(cli.out).not.toContain('s3cret')
})

test('auth explain fails where a source cannot be used, and refuses what is no image', async () => {
  const broken = new CliProcess()
  const brokenEnv = { DOCKER_AUTH_CONFIG: '{"auths": {},}' }
  expect(await broken.run(['auth', 'explain', 'postgres:15'], { env: brokenEnv })).toBe(1)
  expect(broken.out).toContain('pulled as nobody: no login covers it')
  expect(broken.err).toContain('a comma stands before } (line 1, column 13)')

  const wrong = new CliProcess()
  expect(await wrong.run(['auth', 'explain', 'No Image'], {})).toBe(2)
  expect(wrong.err).toContain('"No Image" is no name of an image')
})

test('a helper program on the path is asked, as in an image that was built from ours', async () => {
  await using home = await makeTempDir()
  await mkdir(join(home.path, '.docker'))
  await writeFile(join(home.path, '.docker/config.json'), '{ "credsStore": "ecr-login" }')
  const helper = join(home.path, 'docker-credential-ecr-login')
  const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const login = `{"ServerURL":"${registry}","Username":"AWS","Secret":"s3cret-of-ecr"}`
  await writeFile(
    helper,
    `#!/bin/sh\n[ "$1" = list ] && echo '{"https://${registry}":"AWS"}' || echo '${login}'\n`,
  )
  await chmod(helper, 0o755)
  const cli = new CliProcess()
  const code = await cli.run(['auth', 'explain', `${registry}/private/image:latest`], {
    env: { HOME: home.path, PATH: `${home.path}:/usr/bin:/bin` },
  })
  expect({ code, err: cli.err }).toEqual({ code: 0, err: '' })
  expect(cli.out).toContain('pulled as AWS')
  expect(cli.out).not.toContain('s3cret')
})
