import { describe, expect, test } from 'vitest'
import { JobVariables } from '../../../../src/executor/job/job-variables.ts'
import { gitSettingLines, keptSettings } from '../../../../src/executor/stages/sources/git-settings.ts'
import { readRepository } from '../../../../src/executor/stages/sources/source-repository.ts'
import { aVariable } from '../../../support/executor/a-job.ts'

const REPOSITORY = readRepository('https://ci:s3cret-of-git@gitlab.example.com/acme/shop.git')
const FORCED = { isRecursive: false, depth: 0, paths: [], updateFlags: [], isHttpForced: true }

const variables = (values: Record<string, string>) =>
  new JobVariables(Object.entries(values).map(([key, value]) => aVariable(key, value)))

/** Settings as git counts them: only what is below GIT_CONFIG_COUNT is there. */
function settings(values: Record<string, string>, submodules = FORCED): [string, string][] {
  const lines = gitSettingLines(REPOSITORY, submodules, variables(values))
  const exported = new Map(
    lines
      .map((line) => /^export (\w+)='(.*)'$/s.exec(line) ?? [])
      .map(([, name = '', value = '']) => [name, value]),
  )
  const first = Number(values.GIT_CONFIG_COUNT ?? 0)
  return Array.from({ length: Number(exported.get('GIT_CONFIG_COUNT')) - first }, (_, index) => [
    exported.get(`GIT_CONFIG_KEY_${first + index}`) ?? '',
    exported.get(`GIT_CONFIG_VALUE_${first + index}`) ?? '',
  ])
}

const replaced = (values: Record<string, string>) =>
  settings(values).filter(([key]) => key.endsWith('.insteadOf'))

describe("git's settings", () => {
  test('come after those that the job has for git', () => {
    expect(settings({ GIT_CONFIG_COUNT: '2' })).toEqual(settings({}))
    expect(settings({})).not.toEqual([])
  })

  test('answer for the login to its own server only, in the place of all other helpers', () => {
    const [cleared, own] = settings({}).filter(([key]) => key.startsWith('credential.'))
    expect(cleared).toEqual(['credential.https://gitlab.example.com.helper', ''])
    expect(own?.[0]).toBe('credential.https://gitlab.example.com.helper')
    expect(own?.[1]).not.toContain('s3cret-of-git')
  })

  test('name the files of the server’s certificates', () => {
    const tls = { CI_SERVER_TLS_CA_FILE: '/tmp/ca', CI_SERVER_TLS_KEY_FILE: '' }
    expect(settings(tls)).toContainEqual(['http.https://gitlab.example.com.sslCAInfo', '/tmp/ca'])
    expect(settings(tls).some(([key]) => key.endsWith('sslKey'))).toBe(false)
  })

  test('tell the server who fetches', () => {
    const runner = { CI_RUNNER_VERSION: '19.4.0', CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64' }
    expect(settings(runner)).toContainEqual(['http.userAgent', 'gitlab-runner 19.4.0 linux/amd64'])
    expect(settings({}).some(([key]) => key === 'http.userAgent')).toBe(false)
  })

  test.each([
    [{}, 'https://gitlab.example.com/', ['git@gitlab.example.com:', 'ssh://git@gitlab.example.com/']],
    [
      { CI_SERVER_URL: 'https://gitlab.example.com/git/', CI_SERVER_HOST: 'gitlab.example.com' },
      'https://gitlab.example.com/git/',
      ['git@gitlab.example.com:', 'ssh://git@gitlab.example.com/'],
    ],
    [
      { CI_SERVER_SHELL_SSH_HOST: 'ssh.example.com', CI_SERVER_SHELL_SSH_PORT: '2222' },
      'https://gitlab.example.com/',
      ['ssh://git@ssh.example.com:2222/'],
    ],
    // A job may say anything of its server; the login stays where it belongs.
    [
      { CI_SERVER_URL: 'https://elsewhere.example' },
      'https://gitlab.example.com/',
      ['git@gitlab.example.com:', 'ssh://git@gitlab.example.com/'],
    ],
  ])('replace SSH with %o', (values, base, addresses) => {
    expect(replaced(values)).toEqual(addresses.map((address) => [`url.${base}.insteadOf`, address]))
  })

  test('that stay name no secret, and are there for files and tokens that scripts have', () => {
    const tls = { CI_SERVER_TLS_KEY_FILE: '/tmp/key' }
    const kept = keptSettings(REPOSITORY, variables({ CI_JOB_TOKEN: 's3cret-of-git', ...tls }))
    expect(kept.map(([key]) => key)).toEqual([
      'http.https://gitlab.example.com.sslKey',
      'credential.https://gitlab.example.com.helper',
    ])
    expect(JSON.stringify(kept)).not.toContain('s3cret')
    expect(keptSettings(REPOSITORY, variables({ CI_JOB_TOKEN: 's3cret-of-another' }))).toEqual([])
  })
})
