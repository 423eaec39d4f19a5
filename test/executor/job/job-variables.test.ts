import { describe, expect, test } from 'vitest'
import { composeVariables } from '../../../src/executor/job/compose-variables.ts'
import { expand } from '../../../src/executor/job/expand.ts'
import { JobVariables } from '../../../src/executor/job/job-variables.ts'
import { readJob } from '../../../src/executor/job/read-job.ts'
import { variable } from './variable.ts'

const values = new Map([
  ['NAME', 'shop'],
  ['REF', '$NAME'],
  ['A_1', 'x'],
])

test.each([
  { text: 'plain', want: 'plain' },
  { text: '$NAME/${NAME}', want: 'shop/shop' },
  { text: '$NAMES', want: '' },
  { text: '${NAME}S', want: 'shopS' },
  { text: '$$NAME', want: '$NAME' },
  { text: '$$$NAME', want: '$shop' },
  { text: '$REF', want: '$NAME' },
  { text: '$A_1-', want: 'x-' },
  { text: '$UNKNOWN', want: '' },
  { text: 'costs 5$', want: 'costs 5$' },
  { text: '$1 ${} ${NAME $(id) $-', want: '$1 ${} ${NAME $(id) $-' },
])('$text', ({ text, want }) => {
  expect(expand(text, (name) => values.get(name))).toBe(want)
})

describe('the variables of a job', () => {
  test('the last one of a name counts, and expands from the last ones', () => {
    const variables = new JobVariables([
      variable('REGISTRY', 'one.example.com'),
      variable('IMAGE', '$REGISTRY/app'),
      variable('REGISTRY', 'two.example.com'),
    ])
    expect(variables.get('IMAGE')).toBe('two.example.com/app')
    expect(variables.all.map(({ key }) => key)).toEqual(['REGISTRY', 'IMAGE'])
  })

  test('a raw one is left as it is', () => {
    const variables = new JobVariables([
      variable('PRICE', '$5 for $$', { isRaw: true }),
      variable('ALSO', '$PRICE'),
    ])
    expect(variables.get('PRICE')).toBe('$5 for $$')
    expect(variables.get('ALSO')).toBe('$5 for $$')
  })

  test('a file variable is a path for the job, and its content for who asks', () => {
    const variables = new JobVariables([
      variable('KUBECONFIG', 'server: $HOST', { isFile: true }),
      variable('FLAG', '--kubeconfig=$KUBECONFIG'),
      variable('HOST', 'kube'),
      variable('RUNNER_TEMP_PROJECT_DIR', '/builds/acme/shop.tmp'),
    ])
    expect(variables.get('KUBECONFIG')).toBe('/builds/acme/shop.tmp/KUBECONFIG')
    expect(variables.getContent('KUBECONFIG')).toBe('server: kube')
    expect(variables.get('FLAG')).toBe('--kubeconfig=/builds/acme/shop.tmp/KUBECONFIG')
  })

  test('services get the public ones and their own, which may name secrets', () => {
    const variables = new JobVariables([
      variable('CI', 'true', { isPublic: true }),
      variable('POSTGRES_DB', 'all', { isPublic: true }),
      variable('PASSWORD', 'hush', { isMasked: true }),
    ])
    expect(
      variables.serviceEnvironment([
        variable('POSTGRES_DB', 'mine'),
        variable('POSTGRES_PASSWORD', '$PASSWORD'),
        variable('LITERAL', '$PASSWORD', { isRaw: true }),
      ]),
    ).toEqual(['CI=true', 'POSTGRES_DB=mine', 'POSTGRES_PASSWORD=hush', 'LITERAL=$PASSWORD'])
  })

  test('masked are the values as written and as expanded, also where a later one hides them', () => {
    const variables = new JobVariables([
      variable('TOKEN', 'first', { isMasked: true }),
      variable('TOKEN', '$PART-two', { isMasked: true }),
      variable('EMPTY', '', { isMasked: true }),
      variable('PART', 'one'),
    ])
    expect([...variables.maskedValues].sort()).toEqual(['$PART-two', 'first', 'one-two'])
  })

  test('of several lines are hidden line by line, too', () => {
    const key = '-----BEGIN KEY-----\r\nMIGHAgEAMBMG\nend\n'
    expect(new JobVariables([variable('KEY', key, { isMasked: true })]).maskedValues).toEqual([
      key,
      '-----BEGIN KEY-----',
      'MIGHAgEAMBMG',
    ])
  })
})

test('the job wins over the runner, and the run over the job; a switch of the runner over all', () => {
  const payload = {
    steps: [{ script: [] }],
    image: { name: 'ruby:$V' },
    runner_info: { timeout: 60 },
    variables: [
      { key: 'V', value: '3.3' },
      { key: 'SHARED', value: 'job' },
      { key: 'CI_SERVER', value: 'no' },
      { key: 'CI_BUILD_NETWORK_NAME', value: 'mine' },
      { key: 'CI_RUNNER_VERSION', value: 'mine' },
      { key: 'FF_TIMESTAMPS', value: 'true' },
    ],
  }
  const variables = new JobVariables(
    composeVariables({
      job: readJob(payload),
      runner: [variable('SHARED', 'runner'), variable('V', '1')],
      featureFlags: new Map([['FF_TIMESTAMPS', false]]),
      slot: 2,
      runnerSlot: 5,
      directories: { builds: '/builds', project: '/builds/acme/shop', temporary: '/builds/acme/shop.tmp' },
      program: [variable('CI_RUNNER_VERSION', '19.4.0')],
      environment: [variable('CI_BUILD_NETWORK_NAME', 'net-1')],
    }),
  )
  const names = [
    'SHARED',
    'CI_SERVER',
    'CI_BUILD_NETWORK_NAME',
    'FF_TIMESTAMPS',
    'CI_JOB_IMAGE',
    'CI_JOB_TIMEOUT',
    'CI_RUNNER_VERSION',
  ]
  expect(names.map((name) => variables.get(name))).toEqual([
    'job',
    'no',
    'net-1',
    'false',
    'ruby:3.3',
    '60',
    '19.4.0',
  ])
  expect(variables.environment).toContain('CI_PROJECT_DIR=/builds/acme/shop')
  expect(variables.environment).toContain('RUNNER_TEMP_PROJECT_DIR=/builds/acme/shop.tmp')
  expect(variables.environment).toContain('CI_CONCURRENT_PROJECT_ID=2')
  expect(variables.environment).toContain('CI_CONCURRENT_ID=5')
})
