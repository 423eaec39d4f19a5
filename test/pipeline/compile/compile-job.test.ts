import { describe, expect, test } from 'vitest'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { compileJob } from '../../../src/pipeline/compile/compile-job.ts'
import type { JobConfig } from '../../../src/pipeline/config/job-config.ts'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import { type OriginVariable, variable } from '../../../src/pipeline/variables/origin-variable.ts'
import { AT, job, pipeline, rule, variables } from '../support/configs.ts'
import { context, files } from '../support/context.ts'

const TOKEN = 's3cret-of-a-job'

const GIT = {
  repoUrl: '',
  ref: 'main',
  refType: 'branch',
  sha: '0123456789abcdef0123456789abcdef01234567',
  beforeSha: '0'.repeat(40),
  refspecs: [],
  depth: 0,
  objectFormat: 'sha1',
  isProtected: false,
} as const

const RUNNER = { description: 'entrepot on here', version: '1.2.3', architecture: 'linux/amd64' }

function compile(
  written: Partial<JobConfig>,
  facts: { line?: OriginVariable[]; reported?: OriginVariable[] } = {},
) {
  const around = context({ variables: facts.line ?? [], files: files(['lock.json', 'go.sum']) })
  const [planned] = planPipeline(
    pipeline([job('a', written)], { variables: variables({ TOP: 'top' }) }),
    around,
  ).jobs
  if (planned === undefined) throw new Error('no job was planned')
  const startedAt = Date.parse('2026-01-01T00:01:00Z')
  const start = {
    id: 9,
    token: TOKEN,
    startedAt,
    git: GIT,
    runner: RUNNER,
    dependencies: [],
    credentials: [],
  }
  return compileJob(planned, around, { ...start, reported: facts.reported ?? [] })
}

test('before_script shares the shell of the script; after_script is a step of its own', () => {
  const { steps } = compile({ beforeScript: ['a'], script: ['b', 'c'], afterScript: ['d'] })
  expect(steps).toEqual([
    {
      name: 'script',
      script: ['a', 'b', 'c'],
      timeoutMs: undefined,
      when: 'on_success',
      allowFailure: false,
    },
    { name: 'after_script', script: ['d'], timeoutMs: undefined, when: 'always', allowFailure: true },
  ])
})

test('(a2.7) the timeout is that of the job, else an hour', () => {
  expect(compile({ timeoutMs: 5000 }).timeoutMs).toBe(5000)
  expect(compile({}).timeoutMs).toBe(3_600_000)
})

describe('variables', () => {
  test('each origin is stronger than the one before it', () => {
    const config = {
      variables: variables({ TOP: 'job', JOB: 'job', RULE: 'job', REPORT: 'job', LINE: 'job' }),
      rules: [rule({ variables: variables({ RULE: 'rule', REPORT: 'rule', LINE: 'rule' }) })],
    }
    const reported = [variable('dotenv', 'REPORT', 'report'), variable('dotenv', 'LINE', 'report')]
    const found = new JobVariables(
      compile(config, { reported, line: [variable('command line', 'LINE', 'line')] }).variables,
    )
    expect(['TOP', 'JOB', 'RULE', 'REPORT', 'LINE'].map((name) => found.get(name))).toEqual([
      'job',
      'job',
      'rule',
      'report',
      'line',
    ])
  })

  test('what GitLab expands is expanded, what only the executor knows is left to it', () => {
    const config = { variables: variables({ A: '$B/x', B: '$CI_PROJECT_DIR/$CI_COMMIT_REF_SLUG' }) }
    const found = compile(config).variables
    expect(found.find(({ key }) => key === 'A')?.value).toBe('$CI_PROJECT_DIR/$CI_COMMIT_REF_SLUG/x')
    const inPlace = new JobVariables([variable('predefined', 'CI_PROJECT_DIR', '/builds/shop'), ...found])
    expect(inPlace.get('A')).toBe('/builds/shop/main/x')
  })

  test('(a2.16) those of the job itself; its token is masked wherever it stands', () => {
    const found = new JobVariables(compile({ tags: ['docker'] }).variables)
    expect(found.get('CI_JOB_TOKEN')).toBe(TOKEN)
    expect(found.get('CI_JOB_STARTED_AT')).toBe('2026-01-01T00:01:00.000Z')
    expect(found.get('CI_RUNNER_TAGS')).toBe('["docker"]')
    expect(
      ['ID', 'DESCRIPTION', 'VERSION', 'EXECUTABLE_ARCH'].map((name) => found.get(`CI_RUNNER_${name}`)),
    ).toEqual(['1', 'entrepot on here', '1.2.3', 'linux/amd64'])
    expect([found.get('CI_REGISTRY_USER'), found.get('CI_REGISTRY_PASSWORD')]).toEqual([
      'gitlab-ci-token',
      TOKEN,
    ])
    expect(found.maskedValues).toContain(TOKEN)
    expect(found.serviceEnvironment([]).join('\n')).not.toContain(TOKEN)
  })
})

test('(a2.18) images and services keep all that was written', () => {
  const image = {
    name: 'ruby:$VERSION',
    entrypoint: [''],
    pullPolicies: ['always', 'if-not-present'] as const,
    platform: 'linux/arm64',
    user: '1000',
  }
  const service = {
    ...image,
    alias: 'db, cache',
    command: ['serve'],
    variables: variables({ HEALTHCHECK_TCP_PORT: '80' }),
  }
  const compiled = compile({ image: { ...image, at: AT }, services: [{ ...service, at: AT }] })
  expect(compiled.image).toEqual(image)
  expect(compiled.services[0]).toMatchObject({ ...image, alias: 'db, cache', command: ['serve'] })
  expect(compiled.services[0]?.variables).toMatchObject([{ key: 'HEALTHCHECK_TCP_PORT', value: '80' }])
})

describe('artifacts', () => {
  const written = {
    name: 'out',
    paths: ['out/'],
    exclude: ['out/*.tmp'],
    isUntracked: false,
    when: 'on_failure',
    expireIn: '1 day',
    reports: [],
  } as const

  test('(a2.13) are uploaded when the job says', () => {
    const { reports, ...archive } = written
    expect(compile({ artifacts: written }).artifacts).toEqual([
      { ...archive, type: 'archive', format: 'zip' },
    ])
  })

  test('reports are uploaded by themselves, and always', () => {
    const reports = [{ type: 'junit', paths: ['junit.xml'] }]
    const { artifacts } = compile({ artifacts: { ...written, paths: [], reports } })
    expect(artifacts).toMatchObject([{ type: 'junit', paths: ['junit.xml'], when: 'always', format: 'gzip' }])
  })

  test('(a2.18) what is untracked is an archive too', () => {
    const { artifacts } = compile({ artifacts: { ...written, paths: [], isUntracked: true } })
    expect(artifacts).toMatchObject([{ type: 'archive', isUntracked: true }])
  })
})

describe('caches', () => {
  const rest = {
    fallbackKeys: ['old'],
    paths: ['v/'],
    isUntracked: true,
    policy: 'pull',
    when: 'always',
  } as const
  const key = (written: Parameters<typeof compile>[0]['caches']) => compile({ caches: written ?? [] }).caches

  test('(a2.18) keep their fallback keys and untracked files; a text is expanded where the job runs', () => {
    const caches = key([{ ...rest, key: { kind: 'text', text: '$CI_JOB_NAME' }, unprotect: false }])
    expect(caches).toEqual([{ ...rest, key: '$CI_JOB_NAME' }])
  })

  test('a key of files changes with their content, and with their content only', () => {
    const of = (names: readonly string[], prefix?: string) =>
      key([{ ...rest, key: { kind: 'files', files: names, prefix }, unprotect: false }])[0]?.key
    expect(of(['lock.json'])).toMatch(/^[0-9a-f]{40}$/)
    expect(of(['lock.json'])).toBe(of(['lock.json', 'missing']))
    expect(of(['lock.json'])).not.toBe(of(['go.sum']))
    expect(of(['lock.json'], 'node')).toBe(`node-${of(['lock.json'])}`)
    expect(of(['missing'], 'node')).toBe('node-default')
  })
})
