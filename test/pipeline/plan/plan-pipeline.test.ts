import { describe, expect, test } from 'vitest'
import { findCycle } from '../../../src/pipeline/plan/find-cycle.ts'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import { type OriginVariable, variable } from '../../../src/pipeline/variables/origin-variable.ts'
import { AT, job, matrix, need, pipeline, rule, variables } from '../support/configs.ts'
import { branch, context, MERGE_REQUEST, tag } from '../support/context.ts'

type Jobs = Parameters<typeof pipeline>[0]

function names(jobs: Jobs) {
  return planPipeline(pipeline(jobs), context()).jobs.map(({ name }) => name)
}

function planned(jobs: Jobs, name: string) {
  const found = planPipeline(pipeline(jobs), context()).jobs.find((job) => job.name === name)
  if (found === undefined) throw new Error(`${name} was not planned`)
  return found
}

const plan = (jobs: Jobs) => () => planPipeline(pipeline(jobs), context())

describe('(a2.10) parallel', () => {
  test('a count: names, index, total', () => {
    const jobs = [job('a', { parallel: { kind: 'count', count: 2, at: AT } }), job('b')]
    expect(names(jobs)).toEqual(['a 1/2', 'a 2/2', 'b'])
    const { scope } = planned(jobs, 'a 2/2')
    const want = { CI_NODE_INDEX: '2', CI_NODE_TOTAL: '2', CI_JOB_NAME: 'a 2/2', CI_JOB_GROUP_NAME: 'a' }
    expect(Object.fromEntries(Object.keys(want).map((key) => [key, scope.get(key)]))).toEqual(want)
    expect(planned(jobs, 'b').scope.get('CI_NODE_INDEX')).toBeUndefined()
    expect(planned(jobs, 'b').scope.get('CI_NODE_TOTAL')).toBe('1')
  })

  test('a matrix: every combination in order, counted over all entries', () => {
    const parallel = matrix({ CLOUD: ['aws', 'gcp'], APP: ['x', 'y'] }, { CLOUD: ['own'] })
    const jobs = [job('m', { parallel, variables: variables({ CLOUD: 'job' }) })]
    expect(names(jobs)).toEqual(['m: [aws, x]', 'm: [aws, y]', 'm: [gcp, x]', 'm: [gcp, y]', 'm: [own]'])
    const { scope } = planned(jobs, 'm: [gcp, x]')
    expect([
      scope.get('CLOUD'),
      scope.get('APP'),
      scope.get('CI_NODE_INDEX'),
      scope.get('CI_NODE_TOTAL'),
    ]).toEqual(['gcp', 'x', '3', '5'])
  })

  test('rules are asked for every cell', () => {
    const rules = [rule({ if: '$CLOUD == "aws"' })]
    expect(names([job('m', { parallel: matrix({ CLOUD: ['aws', 'gcp'] }), rules })])).toEqual(['m: [aws]'])
  })

  test('one cell may be needed by its name, some by their variables, all by the name of the job', () => {
    const m = job('m', { stage: 'build', parallel: matrix({ CLOUD: ['aws', 'gcp'], APP: ['x', 'y'] }) })
    const some = need('m', { matrix: matrix({ CLOUD: ['gcp'] }).entries })
    const jobs = [
      m,
      job('one', { needs: [need('m: [aws, x]')] }),
      job('some', { needs: [some] }),
      job('all', { needs: [need('m')] }),
    ]
    expect(planned(jobs, 'one').needs).toEqual(['m: [aws, x]'])
    expect(planned(jobs, 'some').needs).toEqual(['m: [gcp, x]', 'm: [gcp, y]'])
    expect(planned(jobs, 'all').needs).toHaveLength(4)
  })

  test('too many are refused before they are made', () => {
    const values = Array.from({ length: 100 }, (_, index) => String(index))
    const parallel = matrix({ A: values, B: values, C: values, D: values })
    expect(plan([job('m', { parallel })])).toThrow(
      "the matrix of 'm' stands for 100000000 jobs, but at most 200",
    )
  })
})

describe('needs', () => {
  const build = job('build', { stage: 'build' })
  const absent = job('gone', { stage: 'build', rules: [] })

  test('what is optional and not there is left out', () => {
    const jobs = [build, absent, job('t', { needs: [need('build'), need('gone', { isOptional: true })] })]
    expect(planned(jobs, 't').needs).toEqual(['build'])
    expect(planned([build, job('t', { needs: [need('never', { isOptional: true })] })], 't').needs).toEqual(
      [],
    )
  })

  test.each([
    {
      jobs: [build, absent, job('t', { needs: [need('gone')] })],
      want: "'t' job needs 'gone' job, but 'gone' was not added to the pipeline",
    },
    {
      jobs: [job('t', { needs: [need('late')] }), job('late', { stage: 'deploy' })],
      want: "'t' job needs 'late' job, but 'late' is not in any previous stage",
    },
    {
      jobs: [build, job('t', { needs: [need('biuld')] })],
      want: "'t' job needs 'biuld' job, but there is no such job (did you mean build?)",
    },
    {
      jobs: [build, job('t', { dependencies: ['biuld'] })],
      want: "'t' job depends on 'biuld' job, but there is no such job (did you mean build?)",
    },
    {
      jobs: [job('u'), job('t', { dependencies: ['u'] })],
      want: "'t' job depends on 'u' job, but 'u' is not in any previous stage",
    },
    {
      jobs: [build, job('u'), job('t', { needs: [need('u')], dependencies: ['build'] })],
      want: "'t' job depends on 'build' job, but 'build' is not among its needs",
    },
    {
      jobs: [
        job('a', { needs: [need('b')] }),
        job('b', { needs: [need('c')] }),
        job('c', { needs: [need('b')] }),
      ],
      want: 'jobs need each other in a circle: b -> c -> b',
    },
    {
      jobs: [
        job('m', { parallel: { kind: 'count', count: 51, at: AT } }),
        job('t', { needs: [need('m')] }),
      ] as Jobs,
      want: "'t' job needs 51 jobs, but at most 50 are allowed",
    },
  ])('$want', ({ jobs, want }) => {
    expect(plan(jobs)).toThrow(want)
  })

  test('a need of the same stage is fine', () => {
    expect(planned([job('a'), job('b', { needs: [need('a')] })], 'b').needs).toEqual(['a'])
  })

  test('those of a rule replace those of the job', () => {
    const jobs = [
      build,
      job('a'),
      job('t', { needs: [need('a')], rules: [rule({ needs: [need('build')] })] }),
    ]
    expect(planned(jobs, 't').needs).toEqual(['build'])
  })

  test('a long way of needs is walked without growing the stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => [`${index}`, [`${index + 1}`]] as const)
    expect(findCycle(new Map(chain))).toBeUndefined()
    expect(findCycle(new Map([...chain, ['20000', ['19999']]]))).toEqual(['19999', '20000', '19999'])
  })
})

describe('artifacts come from', () => {
  const earlier = [job('a', { stage: 'build' }), job('b', { stage: 'build' })]
  test.each([
    { name: 'all earlier stages', written: {}, want: ['a', 'b'] },
    { name: 'dependencies', written: { dependencies: ['b'] }, want: ['b'] },
    { name: 'nobody', written: { dependencies: [] }, want: [] },
    { name: 'needs', written: { needs: [need('a'), need('b', { artifacts: false })] }, want: ['a'] },
    { name: 'no needs', written: { needs: [] }, want: [] },
  ])('$name', ({ written, want }) => {
    expect(planned([...earlier, job('t', written)], 't').artifactsFrom).toEqual(want)
  })
})

describe('a pipeline', () => {
  test('(a2.15) of .pre and .post alone is not created', () => {
    const { jobs, reason } = plan([job('a', { stage: '.pre' }), job('b', { stage: '.post' })])()
    expect(jobs).toEqual([])
    expect(reason.summary).toBe('only jobs of .pre and .post were added: without others there is no pipeline')
  })

  test('without jobs says so, and keeps why they are absent', () => {
    const { reason, absent } = plan([job('a', { rules: [] })])()
    expect(reason.summary).toBe('no job was added to the pipeline')
    expect(absent.map((job) => job.reason.summary)).toEqual(['none of its rules matches'])
  })

  test('has its jobs in the order of stages, then of the file', () => {
    expect(names([job('c', { stage: 'deploy' }), job('a'), job('b', { stage: 'build' }), job('d')])).toEqual([
      'b',
      'a',
      'd',
      'c',
    ])
  })

  test('has a job that was named whatever its rules say, and whatever its needs are', () => {
    const jobs = [job('gone', { stage: 'build', rules: [] }), job('t', { rules: [], needs: [need('gone')] })]
    const { jobs: planned } = planPipeline(pipeline(jobs), context(), { forced: new Set(['t']) })
    expect(planned.map(({ name, needs, reason }) => [name, needs, reason.summary])).toEqual([
      ['t', [], 'it was named, in spite of: none of its rules matches'],
    ])
  })

  test('starts a manual job that was named', () => {
    const jobs = [job('t', { when: 'manual' })]
    expect(planPipeline(pipeline(jobs), context(), { forced: new Set(['t']) }).jobs[0]?.when).toBe(
      'on_success',
    )
  })
})

describe('(a2.16) the variables of a pipeline', () => {
  const ofCommit = [
    'CI_COMMIT_BRANCH',
    'CI_COMMIT_TAG',
    'CI_COMMIT_REF_NAME',
    'CI_PIPELINE_SOURCE',
    'CI_MERGE_REQUEST_IID',
  ]
  test.each([
    { name: 'a branch', facts: { ref: branch('a/b') }, want: ['a/b', undefined, 'a/b', 'push', undefined] },
    {
      name: 'a tag has no branch',
      facts: { ref: tag('v1') },
      want: [undefined, 'v1', 'v1', 'push', undefined],
    },
    {
      name: 'a merge request has no branch',
      facts: { ref: branch('topic'), event: 'merge_request' as const, mergeRequest: MERGE_REQUEST },
      want: [undefined, undefined, 'topic', 'merge_request_event', '5'],
    },
  ])('$name', ({ facts, want }) => {
    const config = pipeline([job('a', { rules: [rule()] })])
    const scope = planPipeline(config, context(facts)).jobs[0]?.scope
    expect(ofCommit.map((name) => scope?.get(name))).toEqual(want)
  })

  test('of the commit, the server and the project', () => {
    const { scope } = planned([job('a')], 'a')
    const want = {
      CI_COMMIT_TITLE: 'Sell more',
      CI_COMMIT_DESCRIPTION: 'Of everything.',
      CI_COMMIT_AUTHOR: 'Ada <ada@example.com>',
      CI_COMMIT_BEFORE_SHA: '0'.repeat(40),
      CI_COMMIT_SHORT_SHA: '01234567',
      CI_SERVER_HOST: 'git.example.com',
      CI_SERVER_FQDN: 'git.example.com:8443',
      CI_SERVER_PORT: '8443',
      CI_SERVER_VERSION_MINOR: '2',
      CI_PROJECT_NAMESPACE: 'acme/web',
      CI_PROJECT_ROOT_NAMESPACE: 'acme',
      CI_PROJECT_PATH_SLUG: 'acme-web-shop',
      CI_PIPELINE_CREATED_AT: '2026-01-01T00:00:00.000Z',
      CI_COMMIT_REF_PROTECTED: 'false',
      GITLAB_USER_LOGIN: 'ada',
    }
    expect(Object.fromEntries(Object.keys(want).map((key) => [key, scope.get(key)]))).toEqual(want)
  })

  test('the environment, with its name expanded', () => {
    const environment = {
      name: 'review/$CI_COMMIT_REF_NAME',
      url: 'https://$CI_ENVIRONMENT_SLUG.example.com',
    }
    const rest = { action: 'start', tier: undefined, onStop: undefined }
    const found = planned([job('a', { environment: { ...environment, ...rest } })], 'a')
    expect(found.environmentName).toBe('review/main')
    expect(found.scope.get('CI_ENVIRONMENT_SLUG')).toMatch(/^review-main-[a-z0-9]{6}$/)
    expect(found.scope.expand('$CI_ENVIRONMENT_URL')).toMatch(
      /^https:\/\/review-main-[a-z0-9]{6}\.example\.com$/,
    )
  })

  test.each([
    ['review/topic', 'development'],
    ['qa', 'testing'],
    ['stg-eu', 'staging'],
    ['demo', 'staging'],
    ['PROD/eu', 'production'],
    ['live', 'production'],
    ['eu', 'other'],
  ])('the tier of the environment %s is %s, unless another is written', (name, tier) => {
    const environment = { name, url: undefined, action: 'start', tier: undefined, onStop: undefined }
    const tierOf = (written: typeof environment | (Omit<typeof environment, 'tier'> & { tier: string })) =>
      planned([job('a', { environment: written })], 'a').scope.get('CI_ENVIRONMENT_TIER')
    expect(tierOf(environment)).toBe(tier)
    expect(tierOf({ ...environment, tier: 'other' })).toBe('other')
  })

  test('the registry of the project follows the registry', () => {
    const image = (variables: readonly OriginVariable[]) =>
      planPipeline(pipeline([job('a')]), context({ variables })).jobs[0]?.scope.expand(
        '$CI_REGISTRY_IMAGE/ci',
      )
    expect(image([])).toBe('registry.git.example.com/acme/web/shop/ci')
    expect(image([variable('command line', 'CI_REGISTRY', 'git.example.com:5050')])).toBe(
      'git.example.com:5050/acme/web/shop/ci',
    )
  })

  test('the name of the pipeline', () => {
    const config = pipeline([job('a')], { name: 'of $CI_COMMIT_BRANCH' })
    expect(planPipeline(config, context()).jobs[0]?.scope.get('CI_PIPELINE_NAME')).toBe('of main')
    expect(planned([job('a')], 'a').scope.get('CI_PIPELINE_NAME')).toBeUndefined()
  })

  test('resource groups are expanded', () => {
    expect(planned([job('a', { resourceGroup: 'to-$CI_COMMIT_REF_NAME' })], 'a').resourceGroup).toBe(
      'to-main',
    )
  })
})
