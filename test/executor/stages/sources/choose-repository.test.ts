import { expect, test } from 'vitest'
import { JobVariables } from '../../../../src/executor/job/job-variables.ts'
import { chooseRepository } from '../../../../src/executor/stages/sources/choose-repository.ts'
import { aJob, aVariable } from '../../../support/executor/a-job.ts'

const LOGIN = { username: 'gitlab-ci-token', password: 'a-job-token' }

test.each([
  [undefined, 'https://gitlab.example.com/acme/shop.git', 'https://gitlab.example.com', 'of-the-server'],
  [
    'http://gitlab.internal:8080',
    'http://gitlab.internal:8080/acme/shop.git',
    'http://gitlab.internal:8080',
    'job',
  ],
  ['https://proxy.example/git/', 'https://proxy.example/git/acme/shop.git', 'https://proxy.example', 'job'],
  ['https://me:mine@proxy.example', 'https://proxy.example/acme/shop.git', 'https://proxy.example', 'job'],
  ['ssh://gitlab.internal:2222', 'ssh://git@gitlab.internal:2222/acme/shop.git', undefined, undefined],
])('with clone_url %s', (cloneUrl, url, origin, login) => {
  const job = aJob('')
  const repoUrl = 'https://ci:of-the-server@gitlab.example.com/acme/shop.git'
  const order = { ...job, git: { ...job.git, repoUrl } }
  const logins = { job: LOGIN, 'of-the-server': { username: 'ci', password: 'of-the-server' } }
  const wanted = login === undefined ? undefined : logins[login as keyof typeof logins]
  expect(chooseRepository(order, new JobVariables([]), cloneUrl)).toEqual({ url, origin, login: wanted })
})

test('is found under the path that the job’s variables say', () => {
  const variables = new JobVariables([aVariable('CI_PROJECT_PATH', 'other/path')])
  expect(chooseRepository(aJob(''), variables, 'http://gitlab.internal').url).toBe(
    'http://gitlab.internal/other/path.git',
  )
})
