import { describe, expect, test } from 'vitest'
import { jobGroup } from '../../../src/executor/images/job-group.ts'
import { routePull } from '../../../src/executor/images/pull-route.ts'
import {
  behindServerProxy,
  jobProxyVariables,
  serverProxyOf,
} from '../../../src/executor/images/server-proxy.ts'
import { readWantedImage } from '../../../src/executor/images/wanted-image.ts'
import { aJob, aVariable } from '../../support/executor/a-job.ts'

const SERVER = 'gitlab.example:443'
const UNDER_SERVER = 'gitlab.example/acme/dependency_proxy/containers/postgres:15'

describe('which CI_DEPENDENCY_PROXY_* a job gets', () => {
  const variables = [aVariable('CI_DEPENDENCY_PROXY_SERVER', 'ours')]
  test.each([
    { server: undefined, isSecure: false, override: undefined, ours: true },
    { server: SERVER, isSecure: false, override: undefined, ours: false },
    { server: SERVER, isSecure: true, override: undefined, ours: true },
    { server: SERVER, isSecure: false, override: true, ours: true },
    { server: SERVER, isSecure: true, override: false, ours: false },
    { server: undefined, isSecure: true, override: false, ours: true },
  ])('$server, secure: $isSecure, override: $override', ({ server, isSecure, override, ours }) => {
    expect(jobProxyVariables({ variables, isSecure }, server, override)).toEqual(ours ? variables : [])
  })

  test('what the server says comes before what a pipeline says', () => {
    const both = [SERVER, 'elsewhere.example'].map((value) => aVariable('CI_DEPENDENCY_PROXY_SERVER', value))
    expect(serverProxyOf({ variables: both })).toBe(SERVER)
    expect(serverProxyOf({ variables: [] })).toBe(undefined)
  })
})

describe('an image under the prefix of the server', () => {
  test.each([
    [UNDER_SERVER, 'postgres:15'],
    [UNDER_SERVER.replace('gitlab.example', SERVER), 'postgres:15'],
    ['gitlab.example/a/b/dependency_proxy/containers/acme/app@sha256:0', 'acme/app@sha256:0'],
    ['elsewhere.example/acme/dependency_proxy/containers/postgres:15', undefined],
    ['gitlab.example:5050/acme/dependency_proxy/containers/postgres:15', undefined],
    ['gitlab.example/acme/shop/postgres:15', undefined],
    ['postgres:15', undefined],
  ])('%s is %s', (image, behind) => expect(behindServerProxy(image, SERVER)).toBe(behind))

  test('goes through our proxy, and to the server with its login where that refuses', () => {
    const login = { kind: 'password', username: 'gitlab-ci-token', password: 's3cret-of-a-job' } as const
    const entries = [{ key: 'gitlab.example', path: 'gitlab.example', login, source: 'the job' }]
    const proxied = {
      reference: '127.0.0.1:5000/default/dependency_proxy/containers/postgres:15',
      canonical: 'docker.io/library/postgres:15',
      login: { username: 'job', password: 's3cret-of-ours' },
    }
    const access = { route: (image: string) => (image === 'postgres:15' ? proxied : undefined) }
    const facts = { access, entries, handed: new Map(), mirrors: [], serverProxy: SERVER }
    const { canonical, ways } = routePull(readWantedImage(UNDER_SERVER), facts)
    expect(canonical).toBe('docker.io/library/postgres:15')
    expect(ways).toMatchObject([
      { reference: proxied.reference, login: { username: 'job' }, kind: 'proxy' },
      { reference: UNDER_SERVER, login: { username: 'gitlab-ci-token' }, kind: 'direct' },
    ])
  })
})

describe('the group of a job', () => {
  const job = aJob('', {
    info: { ...aJob('').info, projectPath: 'Acme/Tools/shop' },
    variables: [aVariable('CI_PROJECT_NAMESPACE', 'another-group')],
  })
  test.each([
    [undefined, undefined],
    ['acme', 'acme'],
    ['$CI_PROJECT_NAMESPACE', 'acme/tools'],
    ['ci/${CI_PROJECT_ROOT_NAMESPACE}', 'ci/acme'],
    ['$CI_PROJECT_PATH', 'acme/tools/shop'],
  ])('%s is %s, whatever its own variables say', (group, named) => expect(jobGroup(group, job)).toBe(named))

  test('of servers that do not say where a project is, comes from its repository', () => {
    const repoUrl = 'https://gitlab-ci-token:s3cret-of-a-job@gitlab.example/acme/shop.git'
    const old = { ...job, info: { ...job.info, projectPath: undefined }, git: { ...job.git, repoUrl } }
    expect(jobGroup('$CI_PROJECT_NAMESPACE', old)).toBe('acme')
  })

  test('names nothing else', () => {
    expect(() => jobGroup('$CI_COMMIT_BRANCH', job)).toThrow('names CI_COMMIT_BRANCH')
  })
})
