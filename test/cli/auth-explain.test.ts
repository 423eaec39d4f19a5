import { expect, test } from 'vitest'
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
