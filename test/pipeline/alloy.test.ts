import { describe, expect, test } from 'vitest'
import { compileJob } from '../../src/pipeline/compile/compile-job.ts'
import { dialectOf } from '../../src/pipeline/load/find-pipeline-file.ts'
import { planPipeline } from '../../src/pipeline/plan/plan-pipeline.ts'
import { loadTexts, mistakesOf } from './load-text.ts'
import { context } from './support/context.ts'
import { START } from './support/job-start.ts'

const FILE = '.alloy-ci.json'

describe('a file of AlloyCI', () => {
  test('as its documentation has it', async () => {
    const text = JSON.stringify(
      {
        before_script: ['bundle install'],
        'test:2.1': {
          image: 'ruby:2.1',
          services: ['postgres:9.3'],
          script: ['bundle exec rake spec'],
          only: ['master', '^release-.*$', 'tags'],
          artifacts: { paths: ['out/'] },
        },
        'test:2.2': { stage: 'build', image: 'ruby:2.2', script: ['bundle exec rake spec'] },
      },
      undefined,
      '\t',
    )
    const config = await loadTexts({ [FILE]: text })
    expect(config).toMatchObject({ dialect: 'alloy', stages: ['.pre', 'build', 'test', 'deploy', '.post'] })
    expect(config.jobs).toMatchObject([
      {
        name: 'test:2.1',
        stage: 'test',
        at: { file: FILE, line: 5, column: 2 },
        image: { name: 'ruby:2.1' },
        services: [{ name: 'postgres:9.3' }],
        beforeScript: ['bundle install'],
        script: ['bundle exec rake spec'],
        only: { refs: ['master', '^release-.*$', 'tags'] },
        artifacts: { paths: ['out/'] },
      },
      { name: 'test:2.2', stage: 'build', services: [] },
    ])
  })

  test.each([
    {
      name: 'those of the pipeline when it has none',
      own: '',
      want: { variables: [], inheritVariables: true },
    },
    {
      name: 'its own alone when it has any',
      own: ', "variables": {"B": "job"}',
      want: { variables: [{ key: 'B', value: 'job' }], inheritVariables: false },
    },
    {
      name: 'none with an empty list',
      own: ', "variables": []',
      want: { variables: [], inheritVariables: false },
    },
  ])('a job has variables: $name', async ({ own, want }) => {
    const text = `{"variables": {"A": "all"}, "job": {"script": ["x"]${own}}}`
    const config = await loadTexts({ [FILE]: text })
    expect(config.variables).toMatchObject([{ key: 'A', value: 'all' }])
    expect(config.jobs).toMatchObject([want])
  })

  test('in YAML has anchors and hidden jobs', async () => {
    const text = '.base: &base\n  script: [x]\n  image: a\njob:\n  <<: *base\n  image: b\n'
    const config = await loadTexts({ '.alloy-ci.yml': text })
    expect(config.jobs).toMatchObject([{ name: 'job', script: ['x'], image: { name: 'b' } }])
  })

  test('has jobs by names that are keywords at GitLab', async () => {
    const config = await loadTexts({ [FILE]: '{"include": {"script": ["x"]}, "default": {"script": ["y"]}}' })
    expect(config.jobs.map(({ name }) => name)).toEqual(['include', 'default'])
  })

  test('tells its jobs what AlloyCI does, and nothing that is called GitLab', async () => {
    const config = await loadTexts({ [FILE]: '{"a": {"script": ["x"], "tags": ["ruby", "linux"]}}' })
    const { project } = context()
    const around = context({ project: { ...project, dialect: 'alloy', configPath: FILE } })
    const [planned] = planPipeline(config, around).jobs
    if (planned === undefined) throw new Error('there is no job')
    const { variables } = compileJob(planned, around, { ...START, id: 9 })
    const told = Object.fromEntries(variables.map(({ key, value }) => [key, value]))
    expect(told).toEqual({
      ALLOY_CI: 'true',
      CI: 'true',
      CI_LOCAL: 'true',
      CI_COMMIT_MESSAGE: 'Sell more\n\nOf everything.\n',
      CI_COMMIT_PUSHER: 'ada@example.com',
      CI_COMMIT_REF_NAME: 'refs/heads/main',
      CI_COMMIT_REF_SLUG: 'main',
      CI_COMMIT_SHA: '0123456789abcdef0123456789abcdef01234567',
      CI_JOB_ID: '9',
      CI_JOB_NAME: 'a',
      CI_JOB_STAGE: 'test',
      CI_JOB_TOKEN: 's3cret-of-a-job',
      CI_PIPELINE_ID: '42',
      CI_PROJECT_NAME: 'shop',
      CI_PROJECT_NAMESPACE: 'acme/web',
      CI_PROJECT_PATH: 'acme/web/shop',
      CI_REPOSITORY_URL: 'https://gitlab-ci-token:s3cret-of-a-job@git.example.com/acme/web/shop.git',
      CI_RUNNER_ID: '1',
      CI_RUNNER_TAGS: 'ruby,linux',
      CI_SERVER_NAME: 'AlloyCI',
      CI_SERVER_VERSION: '0.6.0',
    })
  })

  test('is refused with places, too', async () => {
    const text = '{\n\t"job": {\n\t\t"scirpt": ["x"],\n\t\t"rules": []\n\t}\n}\n'
    expect(await mistakesOf({ [FILE]: text })).toEqual([
      '.alloy-ci.json:2:2: job: there is no script',
      '.alloy-ci.json:3:3: job: scirpt is no keyword (did you mean script?)',
      '.alloy-ci.json:4:3: job: rules is no keyword',
    ])
  })

  test.each([
    { path: '.gitlab-ci.yml', dialect: 'gitlab' },
    { path: 'ci/main.yml', dialect: 'gitlab' },
    { path: '.alloy-ci.yml', dialect: 'alloy' },
    { path: 'sub/.alloy-ci.yaml', dialect: 'alloy' },
    { path: 'ci.json', dialect: 'alloy' },
  ])('$path is read as one of $dialect', ({ path, dialect }) => {
    expect(dialectOf(path)).toBe(dialect)
  })
})
