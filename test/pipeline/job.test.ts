import { describe, expect, test } from 'vitest'
import { readCondition } from '../../src/pipeline/expression/condition.ts'
import { loadJob, loadText } from './load-text.ts'
import { job } from './support/configs.ts'

/** The job of which only these lines are said. */
async function jobWith(lines: string): Promise<unknown> {
  return loadJob(`job:\n  script: x\n${lines.replaceAll(/^/gm, '  ')}\n`)
}

const IMAGE = { entrypoint: undefined, pullPolicies: [], platform: undefined, user: undefined }

describe('a job', () => {
  test('that says nothing but its script', async () => {
    expect(await loadJob('job:\n  script: x\n')).toEqual(job('job', { script: ['x'] }))
  })

  test.each([
    { lines: 'stage: build', want: { stage: 'build' } },
    { lines: 'stage: .pre', want: { stage: '.pre' } },
    {
      lines: 'before_script: a\nafter_script: [b, [c]]',
      want: { beforeScript: ['a'], afterScript: ['b', 'c'] },
    },
    { lines: 'hooks: {pre_get_sources_script: [a]}', want: { preGetSourcesScript: ['a'] } },
    { lines: 'image: alpine:3', want: { image: { name: 'alpine:3', ...IMAGE } } },
    {
      lines: 'image: {name: a, entrypoint: [""], docker: {platform: linux/arm64, user: 1000}}',
      want: { image: { name: 'a', entrypoint: [''], platform: 'linux/arm64', user: '1000' } },
    },
    { lines: 'services: [redis]', want: { services: [{ name: 'redis', alias: undefined, variables: [] }] } },
    {
      lines: 'services: [{name: pg, entrypoint: [a], command: [b, c]}]',
      want: { services: [{ name: 'pg', entrypoint: ['a'], command: ['b', 'c'] }] },
    },
    {
      lines: 'variables: {A: 1.10, B: 012, C: }',
      want: { variables: [{ value: '1.1' }, { value: '10' }, { value: '' }] },
    },
    {
      lines: 'variables: {A: {value: x, expand: false}}',
      want: { variables: [{ key: 'A', value: 'x', isRaw: true }] },
    },
    { lines: 'inherit: {variables: false}', want: { inheritVariables: false } },
    { lines: 'inherit: {variables: [A]}', want: { inheritVariables: ['A'] } },
    { lines: 'when: manual', want: { when: 'manual' } },
    { lines: 'allow_failure: false', want: { allowFailure: false } },
    { lines: 'needs: []', want: { needs: [] } },
    { lines: 'needs: [a]', want: { needs: [{ job: 'a', artifacts: true, isOptional: false }] } },
    {
      lines: 'needs: [{job: a, artifacts: false, optional: true, parallel: {matrix: [{A: [x, y]}]}}]',
      want: {
        needs: [{ artifacts: false, isOptional: true, matrix: [[{ key: 'A', values: ['x', 'y'] }]] }],
      },
    },
    { lines: 'dependencies: []', want: { dependencies: [] } },
    {
      lines: 'artifacts: {name: n, paths: [p], exclude: [e], expire_in: 1 week, when: on_failure}',
      want: {
        artifacts: {
          name: 'n',
          paths: ['p'],
          exclude: ['e'],
          expireIn: '1 week',
          when: 'on_failure',
          isUntracked: false,
        },
      },
    },
    {
      lines: 'artifacts: {reports: {dotenv: a.env, junit: [b.xml, c.xml]}}',
      want: {
        artifacts: {
          reports: [
            { type: 'dotenv', paths: ['a.env'] },
            { type: 'junit', paths: ['b.xml', 'c.xml'] },
          ],
        },
      },
    },
    {
      lines: 'cache: {paths: [p]}',
      want: {
        caches: [
          { key: { kind: 'text', text: 'default' }, paths: ['p'], policy: 'pull-push', when: 'on_success' },
        ],
      },
    },
    {
      lines: 'cache: [{key: {files: [a.lock], prefix: $X}, policy: $P}, {key: 7, when: always}]',
      want: {
        caches: [
          { key: { kind: 'files', files: ['a.lock'], prefix: '$X' }, policy: '$P' },
          { key: { kind: 'text', text: '7' }, when: 'always' },
        ],
      },
    },
    { lines: 'parallel: 3', want: { parallel: { kind: 'count', count: 3 } } },
    {
      lines: 'parallel: {matrix: [{A: [1, x], B: y}, {A: z}]}',
      want: {
        parallel: {
          kind: 'matrix',
          entries: [
            [
              { key: 'A', values: ['1', 'x'] },
              { key: 'B', values: ['y'] },
            ],
            [{ key: 'A', values: ['z'] }],
          ],
        },
      },
    },
    { lines: 'environment: prod', want: { environment: { name: 'prod', action: 'start' } } },
    {
      lines:
        'environment: {name: p/$A, url: https://a.test, action: stop, deployment_tier: other, on_stop: s}',
      want: {
        environment: { name: 'p/$A', url: 'https://a.test', action: 'stop', tier: 'other', onStop: 's' },
      },
    },
    { lines: 'tags: [a, b]', want: { tags: ['a', 'b'] } },
    { lines: 'interruptible: yes', want: { isInterruptible: true } },
    { lines: "coverage: '/Total (\\d+)%/'", want: { coverage: '/Total (\\d+)%/' } },
  ])('$lines', async ({ lines, want }) => {
    expect(await jobWith(lines)).toMatchObject(want)
  })

  test.each([
    {
      row: 'a2.3',
      lines: 'allow_failure: {exit_codes: [42, 137]}',
      want: { allowFailure: { exitCodes: [42, 137] } },
    },
    { row: 'a2.3', lines: 'allow_failure: {exit_codes: 42}', want: { allowFailure: { exitCodes: [42] } } },
    {
      row: 'a2.5',
      lines: 'only: [main, /^v/]\nexcept: {refs: [tags], variables: [$X], changes: [a/**/*]}',
      want: {
        only: { refs: ['main', '/^v/'], variables: undefined, changes: undefined },
        except: { refs: ['tags'], variables: [readCondition('$X')], changes: ['a/**/*'] },
      },
    },
    { row: 'a2.6', lines: 'retry: 2', want: { retry: { max: 2, when: [], exitCodes: [] } } },
    {
      row: 'a2.6',
      lines: 'retry: {max: 1, when: [script_failure, api_failure], exit_codes: 137}',
      want: { retry: { max: 1, when: ['script_failure', 'api_failure'], exitCodes: [137] } },
    },
    { row: 'a2.7', lines: 'timeout: 1h 30m', want: { timeoutMs: 5_400_000 } },
    {
      row: 'a2.8',
      lines: 'when: delayed\nstart_in: 30 minutes',
      want: { when: 'delayed', startInMs: 1_800_000 },
    },
    {
      row: 'a2.9',
      lines: 'rules: [{when: manual}]',
      want: { rules: [{ when: 'manual', allowFailure: undefined }] },
    },
    {
      row: 'a2.10',
      lines: "needs: ['m: [aws, x]', 'a 1/2']",
      want: { needs: [{ job: 'm: [aws, x]' }, { job: 'a 1/2' }] },
    },
    {
      row: 'a2.13',
      lines: 'artifacts: {paths: [p], when: on_failure}',
      want: { artifacts: { when: 'on_failure' } },
    },
    {
      row: 'a2.18',
      lines: 'image: {name: a, pull_policy: never}',
      want: { image: { pullPolicies: ['never'] } },
    },
    {
      row: 'a2.18',
      lines:
        'services: [{name: a, alias: "b, c", pull_policy: [always, if-not-present], docker: {platform: p, user: u}}]',
      want: {
        services: [{ alias: 'b, c', pullPolicies: ['always', 'if-not-present'], platform: 'p', user: 'u' }],
      },
    },
    {
      row: 'a2.18',
      lines: 'services: [{name: a, variables: {HEALTHCHECK_TCP_PORT: 8080}}]',
      want: { services: [{ variables: [{ key: 'HEALTHCHECK_TCP_PORT', value: '8080' }] }] },
    },
    {
      row: 'a2.18',
      lines: 'cache: {untracked: true, fallback_keys: [a, b]}',
      want: { caches: [{ isUntracked: true, fallbackKeys: ['a', 'b'] }] },
    },
    { row: 'a2.18', lines: 'artifacts: {untracked: true}', want: { artifacts: { isUntracked: true } } },
    { row: 'a2.18', lines: 'resource_group: $G', want: { resourceGroup: '$G' } },
    {
      row: 'a2.18',
      lines: 'rules: [{changes: {paths: [a], compare_to: main}}]',
      want: { rules: [{ changes: { paths: ['a'], compareTo: 'main' } }] },
    },
  ])('($row) $lines', async ({ lines, want }) => {
    expect(await jobWith(lines)).toMatchObject(want)
  })

  test('rules say what they ask and what they change', async () => {
    const job = await loadJob(`
job:
  script: x
  rules:
    - if: $A == "x"
      changes: [a, b]
      exists: [c]
      when: delayed
      start_in: 1 day
      allow_failure: true
      variables: {V: w}
      needs: [n]
      interruptible: false
    - exists: {paths: [d]}
`)
    expect(job.rules).toMatchObject([
      {
        if: readCondition('$A == "x"'),
        changes: { paths: ['a', 'b'], compareTo: undefined },
        exists: ['c'],
        when: 'delayed',
        startInMs: 86_400_000,
        allowFailure: true,
        variables: [{ key: 'V', value: 'w' }],
        needs: [{ job: 'n' }],
        interruptible: false,
        at: { file: '.gitlab-ci.yml', line: 5, column: 7 },
      },
      { if: undefined, exists: ['d'], when: undefined, variables: [], needs: undefined },
    ])
  })

  test.each([
    {
      lines: `rules: [{if: '$A && $CI_COMMIT_BRANCH =~ "rel.*"'}]`,
      note: 'rules:if looks for the text "rel.*" as it stands: a pattern is written /like this/',
    },
    { lines: 'release: {tag_name: x}', note: 'release has no effect here' },
    { lines: 'inputs: {A: {default: x}}', note: 'inputs has no effect here' },
    { lines: '(a2.18) id_tokens', yaml: 'id_tokens: {A: {aud: x}}', note: 'id_tokens has no effect here' },
    { lines: '(a2.18) secrets', yaml: 'secrets: {A: {vault: x}}', note: 'secrets has no effect here' },
    {
      lines: 'environment: {name: a, auto_stop_in: 1 day}',
      note: 'environment:auto_stop_in has no effect here',
    },
    { lines: 'image: {name: a, kubernetes: {}}', note: 'image:kubernetes has no effect here' },
    { lines: 'artifacts: {expose_as: x}', note: 'artifacts:expose_as has no effect here' },
    {
      lines: 'retry: {when: runner_interrupted}',
      note: 'retry:when runner_interrupted has no effect here: no job fails for it',
    },
    {
      lines: 'needs: [{pipeline: $X}]',
      note: 'needs of another pipeline or project has no effect here: nothing is taken from there',
    },
    {
      lines: 'artifacts: {reports: {sast: a.json}}',
      note: 'artifacts:reports:sast is kept as a file and not looked into here',
    },
    { lines: 'variables: {A: yes}', note: 'variables:A is read as the text true: quotes would say so' },
  ])('$lines is noted, once', async ({ lines, yaml = lines, note }) => {
    const { notes } = await loadText(`.job: {script: x, ${yaml}}\na: {extends: .job}\nb: {extends: .job}\n`)
    expect(notes.map(({ message }) => message)).toEqual([note])
  })

  test.each([
    {
      lines: 'trigger: acme/other',
      note: 'trigger has no effect here: other pipelines are not started',
      why: 'it starts another pipeline',
    },
    {
      lines: 'run: [{name: a, step: b}]',
      note: 'run has no effect here: write a script',
      why: 'it is made of steps of run',
    },
  ])('$lines needs no script, and is not run', async ({ lines, note, why }) => {
    const { jobs, notes } = await loadText(`job:\n  ${lines}\n`)
    expect(jobs).toMatchObject([{ name: 'job', script: [], notRun: why }])
    expect(notes.map(({ message }) => message)).toEqual([note])
  })
})
