import { describe, expect, test } from 'vitest'
import type { JobConfig } from '../../../src/pipeline/config/job-config.ts'
import type { PipelineContext } from '../../../src/pipeline/pipeline-context.ts'
import { planPipeline } from '../../../src/pipeline/plan/plan-pipeline.ts'
import { job, pipeline, refs, rule, variables, workflowRule } from '../support/configs.ts'
import { branch, context, files, MERGE_REQUEST, tag } from '../support/context.ts'

function plan(config: JobConfig, facts: Partial<PipelineContext> = {}) {
  const { jobs, absent } = planPipeline(pipeline([config, job('other', { rules: [rule()] })]), context(facts))
  return {
    job: jobs.find(({ name }) => name === 'a'),
    reason: (jobs.find(({ name }) => name === 'a') ?? absent[0])?.reason,
  }
}

const TOPIC = { ref: branch('topic') }
const IS_MAIN = { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }

describe('a job without rules', () => {
  test('says so, and is not said to have an "only" that nobody wrote', () => {
    expect(plan(job('a')).reason?.summary).toBe('no rules: on_success')
    expect(plan(job('a', { only: refs({ refs: ['main'] }) })).reason?.summary).toBe(
      '"only" and "except" let it in: on_success',
    )
    const asked = { event: 'merge_request', mergeRequest: MERGE_REQUEST, ...TOPIC } as const
    expect(plan(job('a'), asked).reason?.summary).toBe('jobs without rules are for branches and tags')
  })
})

describe('rules', () => {
  test('the first that matches decides', () => {
    const config = job('a', { rules: [rule({ ...IS_MAIN, when: 'always' }), rule({ when: 'on_failure' })] })
    expect(plan(config).job?.when).toBe('always')
    expect(plan(config, TOPIC).job?.when).toBe('on_failure')
  })

  test('without a match, or with never, the job is not created', () => {
    expect(plan(job('a', { rules: [rule(IS_MAIN)] }), TOPIC).job).toBeUndefined()
    expect(plan(job('a', { rules: [rule({ when: 'never' }), rule()] })).job).toBeUndefined()
    expect(plan(job('a', { rules: [] })).job).toBeUndefined()
  })

  test('if, changes and exists must all hold', () => {
    const all = rule({
      if: '$A',
      changes: { paths: ['docs/*'], compareTo: undefined },
      exists: ['Dockerfile'],
    })
    const config = job('a', { rules: [all], variables: variables({ A: '1' }) })
    expect(plan(config, { files: files(['Dockerfile'], { '': ['docs/a.md'] }) }).job).toBeDefined()
    expect(plan(config, { files: files([], { '': ['docs/a.md'] }) }).job).toBeUndefined()
    expect(plan(config, { files: files(['Dockerfile'], { '': ['src/a.ts'] }) }).job).toBeUndefined()
  })

  test('without anything to compare with everything has changed', () => {
    const config = job('a', { rules: [rule({ changes: { paths: ['docs/*'], compareTo: undefined } })] })
    expect(plan(config, { files: files([]) }).job).toBeDefined()
  })

  test('(a2.18) compare_to is what is compared with; variables are put into it and the paths', () => {
    const changes = { paths: ['$DIR/*'], compareTo: 'refs/heads/$BASE' }
    const config = job('a', {
      rules: [rule({ changes })],
      variables: variables({ DIR: '$TOP', TOP: 'docs', BASE: 'v1' }),
    })
    expect(plan(config, { files: files([], { 'refs/heads/v1': ['docs/a.md'], '': [] }) }).job).toBeDefined()
    expect(plan(config, { files: files([], { 'refs/heads/v1': [], '': ['docs/a.md'] }) }).job).toBeUndefined()
  })

  test('exists finds tracked files, and directories by a slash at the end', () => {
    const tracked = { files: files(['charts/shop/Chart.yaml']) }
    expect(plan(job('a', { rules: [rule({ exists: ['**/Chart.yaml'] })] }), tracked).job).toBeDefined()
    expect(plan(job('a', { rules: [rule({ exists: ['charts/*/'] })] }), tracked).job).toBeDefined()
    expect(plan(job('a', { rules: [rule({ exists: ['charts/*'] })] }), tracked).job).toBeUndefined()
    expect(plan(job('a', { rules: [rule({ exists: ['Chart.yaml/'] })] }), tracked).job).toBeUndefined()
  })

  test('a rule without when takes that of the job', () => {
    expect(plan(job('a', { when: 'always', rules: [rule()] })).job?.when).toBe('always')
  })

  test.each([
    { name: 'a manual job may be left', config: { when: 'manual' as const }, want: true },
    { name: 'that of a rule may not', config: { rules: [rule({ when: 'manual' })] }, want: false },
    {
      name: 'a manual job with rules may be left',
      config: { when: 'manual' as const, rules: [rule()] },
      want: true,
    },
    { name: 'the job says', config: { allowFailure: true, rules: [rule({ when: 'manual' })] }, want: true },
    {
      name: 'the rule says it last',
      config: { allowFailure: true, rules: [rule({ allowFailure: false })] },
      want: false,
    },
    { name: 'others must succeed', config: {}, want: false },
  ])('allow_failure: $name', ({ config, want }) => {
    expect(plan(job('a', config)).job?.allowFailure).toBe(want)
  })

  test('start_in comes from the rule or the job, and only delayed jobs have it', () => {
    const config = job('a', { rules: [rule({ when: 'delayed', startInMs: 5000 })] })
    expect(plan(config).job?.startInMs).toBe(5000)
    expect(
      plan(job('a', { startInMs: 5000, rules: [rule({ when: 'always' })] })).job?.startInMs,
    ).toBeUndefined()
  })

  test('its variables win over those of the job', () => {
    const config = job('a', {
      variables: variables({ A: 'job' }),
      rules: [rule({ variables: variables({ A: 'rule' }) })],
    })
    expect(plan(config).job?.scope.get('A')).toBe('rule')
  })

  test('the reason names the rule, what it asked and what it found', () => {
    const config = job('a', { rules: [rule(IS_MAIN), rule({ if: '$NONE' })] })
    expect(plan(config, TOPIC).reason).toEqual({
      summary: 'none of its rules matches',
      rules: [
        {
          name: 'rule 1',
          matches: false,
          checks: [
            {
              holds: false,
              asked: 'if $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
              found: 'CI_COMMIT_BRANCH is "topic", CI_DEFAULT_BRANCH is "main"',
            },
          ],
        },
        {
          name: 'rule 2',
          matches: false,
          checks: [{ holds: false, asked: 'if $NONE', found: 'NONE is not set' }],
        },
      ],
    })
  })

  test('the reason does not tell a masked value', () => {
    const secret = {
      key: 'KEY',
      value: 's3cret-of-a-rule',
      isPublic: false,
      isMasked: true,
      isRaw: true,
      isFile: false,
    }
    const facts = { variables: [{ ...secret, origin: 'project' as const }] }
    const { reason } = plan(job('a', { rules: [rule({ if: '$KEY' })] }), facts)
    expect(JSON.stringify(reason)).not.toContain(secret.value)
    expect(reason?.rules[0]?.checks[0]?.found).toBe('KEY is "[MASKED]"')
  })

  test('what cannot be read is refused with its place, all of it together', () => {
    const at = { file: 'ci/a.yml', line: 9, column: 5 }
    const asks = (name: string) =>
      job(name, {
        rules: [rule({ if: '"x" =~ $BROKEN', at })],
        variables: variables({ BROKEN: `/(${name}/` }),
      })
    expect(() => planPipeline(pipeline([asks('a'), asks('b')]), context())).toThrow(
      /2 mistakes.*ci\/a\.yml:9:5.*\(a.*ci\/a\.yml:9:5.*\(b/s,
    )
  })
})

describe('(a2.5) only and except', () => {
  const MR = { event: 'merge_request' as const, ref: branch('topic'), mergeRequest: MERGE_REQUEST }
  test.each([
    { name: 'branches by default', want: true },
    { name: 'tags by default', facts: { ref: tag('v1') }, want: true },
    { name: 'no merge requests by default', facts: MR, want: false },
    { name: 'merge_requests', only: { refs: ['merge_requests'] }, facts: MR, want: true },
    { name: 'a name', only: { refs: ['main'] }, want: true },
    { name: 'another name', only: { refs: ['topic'] }, want: false },
    { name: 'a pattern', only: { refs: ['/^ma/'] }, want: true },
    { name: 'a pattern with flags', only: { refs: ['/^MA/i'] }, want: true },
    { name: 'no pattern for merge requests', only: { refs: ['/topic/'] }, facts: MR, want: false },
    { name: 'tags only', only: { refs: ['tags'] }, want: false },
    { name: 'schedules', only: { refs: ['schedules'] }, facts: { event: 'schedule' as const }, want: true },
    { name: 'web', only: { refs: ['web'] }, facts: { event: 'web' as const }, want: true },
    { name: 'this project', only: { refs: ['branches@acme/web/shop'] }, want: true },
    { name: 'another project', only: { refs: ['branches@other/shop'] }, want: false },
    { name: 'except a name', except: { refs: ['main'] }, want: false },
    { name: 'except another', except: { refs: ['topic'] }, want: true },
    { name: 'keys of only are all asked', only: { refs: ['main'], variables: ['$NONE'] }, want: false },
    { name: 'one variable is enough', only: { variables: ['$NONE', '$CI'] }, want: true },
    { name: 'one key of except is enough', except: { refs: ['topic'], variables: ['$CI'] }, want: false },
    {
      name: 'changes',
      only: { changes: ['docs/*'] },
      facts: { files: files([], { '': ['a'] }) },
      want: false,
    },
  ])('$name: $want', ({ only, except, facts, want }) => {
    const config = job('a', { only: only && refs(only), except: except && refs(except) })
    expect(plan(config, facts).job !== undefined).toBe(want)
  })

  test('with workflow rules a job without any is there for every event', () => {
    const config = pipeline([job('a')], { workflowRules: [workflowRule()] })
    expect(planPipeline(config, context(MR)).jobs).toHaveLength(1)
  })

  test.each([
    { only: ['aster$', 'main'], want: true },
    { only: ['^refs/heads/ma'], want: true },
    { only: ['^lease$'], facts: { ref: branch('re/lease') }, want: true },
    { only: ['tags'], want: false },
    { only: ['forks'], want: false },
    { only: ['main'], except: ['branches'], want: false },
  ])('AlloyCI takes bare patterns: only $only, except $except', ({ only, except, facts, want }) => {
    const config = job('a', { only: refs({ refs: only }), except: except && refs({ refs: except }) })
    const { jobs } = planPipeline(pipeline([config], { dialect: 'alloy' }), context(facts))
    expect(jobs.length === 1).toBe(want)
  })
})

describe('(a2.4) workflow', () => {
  test.each([
    {
      name: 'never',
      rules: [workflowRule({ when: 'never' })],
      summary: 'workflow rule 1 matches, and says never',
    },
    { name: 'no match', rules: [workflowRule({ if: '$NONE' })], summary: 'no workflow rule matches' },
  ])('$name: there is no pipeline', ({ rules, summary }) => {
    const { jobs, reason } = planPipeline(pipeline([job('a')], { workflowRules: rules }), context())
    expect(jobs).toEqual([])
    expect(reason.summary).toBe(summary)
  })

  test('its variables are variables of the pipeline, which jobs may leave out', () => {
    const workflowRules = [workflowRule({ variables: variables({ A: 'workflow', B: 'workflow' }) })]
    const jobs = [job('a', { variables: variables({ B: 'job' }) }), job('b', { inheritVariables: ['B'] })]
    const config = pipeline(jobs, { workflowRules, variables: variables({ A: 'top' }) })
    const [a, b] = planPipeline(config, context()).jobs
    expect([a?.scope.get('A'), a?.scope.get('B')]).toEqual(['workflow', 'job'])
    expect([b?.scope.get('A'), b?.scope.get('B')]).toEqual([undefined, 'workflow'])
  })

  test('AlloyCI leaves out a commit that says so', () => {
    const facts = { commit: { ...context().commit, message: 'Typo [ci skip]' } }
    expect(planPipeline(pipeline([job('a')], { dialect: 'alloy' }), context(facts)).jobs).toEqual([])
    expect(planPipeline(pipeline([job('a')]), context(facts)).jobs).toHaveLength(1)
  })
})
