import { describe, expect, test } from 'vitest'
import { JobInvalid } from '../../../src/executor/job/job-invalid.ts'
import { readJob } from '../../../src/executor/job/read-job.ts'
import { fullPayload, sparsePayload } from './payloads.ts'

const minimal = { steps: [{ name: 'script', script: ['true'] }] }

describe('a job as GitLab sends it', () => {
  const job = readJob(fullPayload)

  test('keeps who it is and where its sources are', () => {
    expect(job.info).toEqual({
      name: 'rspec',
      stage: 'test',
      projectId: 17,
      projectName: 'shop',
      projectPath: 'acme/shop',
      pipelineId: 900,
    })
    expect(job.git).toMatchObject({ ref: 'main', refType: 'branch', depth: 20, objectFormat: 'sha1' })
    expect(job.timeoutMs).toBe(3_600_000)
    expect(job.steps).toMatchObject([
      { name: 'script', script: ['bundle install', 'rspec'], timeoutMs: 3_600_000, allowFailure: false },
      { name: 'after_script', when: 'always', timeoutMs: 300_000, allowFailure: true },
    ])
  })

  test('keeps what its variables are', () => {
    expect(
      job.variables.map(({ key, isPublic, isMasked, isRaw, isFile }) => [
        key,
        isPublic,
        isMasked,
        isRaw,
        isFile,
      ]),
    ).toEqual([
      ['CI', true, false, false, false],
      ['CI_JOB_TOKEN', false, true, false, false],
      ['PRICE', true, false, true, false],
      ['KUBECONFIG', false, false, false, true],
    ])
  })

  test('keeps its images', () => {
    expect(job.image).toEqual({
      name: 'registry.example.com:5000/acme/ruby:3.3',
      entrypoint: [''],
      pullPolicies: ['always', 'if-not-present'],
      platform: 'linux/amd64',
      user: '1000',
    })
    expect(job.services).toMatchObject([
      {
        name: 'postgres:12.2',
        alias: 'db,pg-db',
        entrypoint: undefined,
        command: ['postgres', '-c', 'fsync=off'],
      },
      { name: 'valkey/valkey:latest', alias: undefined, command: undefined, pullPolicies: [] },
    ])
    expect(job.services[0]?.variables[0]).toMatchObject({ key: 'POSTGRES_HOST_AUTH_METHOD', value: 'trust' })
  })

  test('keeps artifacts, caches, logins and dependencies', () => {
    expect(job.artifacts).toMatchObject([
      { name: 'report', exclude: ['coverage/tmp/**'], expireIn: '7d', type: 'archive', format: 'zip' },
      { name: 'junit.xml', exclude: [], expireIn: undefined, type: 'junit', format: 'gzip' },
    ])
    expect(job.caches).toMatchObject([
      { key: 'gems', fallbackKeys: ['gems-default'], policy: '$CACHE_POLICY' },
    ])
    expect(job.credentials).toEqual([
      { registry: 'registry.example.com:5005', username: 'gitlab-ci-token', password: 'job-token' },
    ])
    expect(job.dependencies.map(({ artifacts }) => artifacts)).toEqual([
      { filename: 'artifacts.zip', sizeBytes: 107464 },
      undefined,
    ])
    expect(job.features).toEqual({
      traceSections: true,
      tokenMaskPrefixes: ['glpat-'],
      failureReasons: ['script_failure'],
    })
  })
})

test('a job as AlloyCI sends it has nothing where the payload has null', () => {
  expect(readJob(sparsePayload)).toMatchObject({
    image: undefined,
    services: [],
    artifacts: [],
    caches: [],
    credentials: [],
    dependencies: [],
    hooks: [],
    features: { traceSections: false, tokenMaskPrefixes: [], failureReasons: [] },
    git: { ref: 'topic/one', refType: 'branch', beforeSha: '', refspecs: [], depth: 0 },
  })
})

test('what is not said has a default', () => {
  const job = readJob({
    ...minimal,
    job_info: { name: 'lint' },
    git_info: { ref: 'main' },
    cache: [{ paths: ['a'] }],
  })
  expect(job.timeoutMs).toBe(7_200_000)
  expect(job.caches[0]).toMatchObject({ key: 'lint/main', policy: 'pull-push', when: 'on_success' })
})

test.each([
  { ref: 'refs/tags/v1.0', want: { ref: 'v1.0', refType: 'tag' } },
  { ref: 'refs/heads/main', want: { ref: 'main', refType: 'branch' } },
  { ref: 'v2', ref_type: 'tag', want: { ref: 'v2', refType: 'tag' } },
])('the ref $ref', ({ want, ...git_info }) => {
  expect(readJob({ ...minimal, git_info }).git).toMatchObject(want)
})

test.each([
  {
    name: 'a pull policy may be one word',
    image: { name: 'a', pull_policy: 'never' },
    want: { pullPolicies: ['never'] },
  },
  {
    name: 'an empty entrypoint list is none',
    image: { name: 'a', entrypoint: [] },
    want: { entrypoint: undefined },
  },
  {
    name: 'an entrypoint may be one word',
    image: { name: 'a', entrypoint: '/x' },
    want: { entrypoint: ['/x'] },
  },
])('$name', ({ image, want }) => {
  expect(readJob({ ...minimal, image }).image).toMatchObject(want)
})

test.each([
  {
    name: 'of an image',
    payload: { image: { name: 'a', executor_opts: { docker: { user: 'x', cpus: 4, gpus: 'all' } } } },
    want: [
      'Unsupported "image" options [cpus gpus] for "docker executor"; supported options are [platform user]',
    ],
  },
  {
    name: 'of a service, for an executor that nobody knows',
    payload: { services: [{ name: 'a', executor_opts: { podman: {} } }] },
    want: [
      'Unsupported "service" options [podman] for "executor_opts"; supported options are [docker kubernetes]',
    ],
  },
  {
    name: 'of another executor are known',
    payload: { image: { name: 'a', executor_opts: { kubernetes: { user: '1' }, docker: null } } },
    want: [],
  },
])('unknown options $name', ({ payload, want }) => {
  expect(readJob({ ...minimal, ...payload }).unsupported).toEqual(want)
})

test.each([
  { name: 'no steps', payload: {}, want: ['steps'] },
  { name: 'no object', payload: 'hello', want: [''] },
  { name: 'null', payload: null, want: [''] },
  {
    name: 'several mistakes, all told',
    payload: {
      ...minimal,
      variables: [{ value: 'x' }],
      services: [{ name: 'a' }, { name: 'b', pull_policy: ['sometimes'] }],
      runner_info: { timeout: 'soon' },
    },
    want: ['runner_info.timeout', 'variables[0].key', 'services[1].pull_policy'],
  },
])('no job: $name', ({ payload, want }) => {
  expect(mistakesOf(payload).map(({ path }) => path)).toEqual(want)
})

test('a refusal holds no value of the job', () => {
  const payload = { ...minimal, token: ['s3cret'], variables: [{ key: 'A', value: { s3cret: 1 } }] }
  expect(mistakesOf(payload)).toHaveLength(2)
  expect(JSON.stringify(mistakesOf(payload))).not.toContain('s3cret')
})

function mistakesOf(payload: unknown) {
  try {
    readJob(payload)
  } catch (error) {
    if (error instanceof JobInvalid) return error.mistakes
  }
  throw new Error('was read')
}
