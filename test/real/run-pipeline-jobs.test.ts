import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src/pipeline/run/pipeline-events.ts'
import { ProjectPlace } from '../support/pipeline/project-place.ts'
import { Cleanups } from '../support/real/cleanups.ts'
import { ENGINE, IMAGES } from '../support/real/component.ts'
import { describeWith } from '../support/real/describe-with.ts'
import { IMAGE_BUILD_TIMEOUT_MS } from '../support/real/images.ts'

const TRIED = `
default: {image: busybox:1.35}
flaky:
  cache: {key: tries, paths: [tries/], when: always}
  script:
    - mkdir -p tries && echo x >> tries/all
    - test "$(wc -l < tries/all)" -eq 2
  retry: {max: 2, when: [script_failure]}
other-reason:
  script: exit 3
  retry: {max: 2, when: runner_system_failure}
other-code:
  script: exit 3
  retry: {max: 2, exit_codes: [4]}
never:
  script: exit 3
  retry: {max: 1, exit_codes: [3]}
`

const DELAYED = `
default: {image: busybox:1.35}
soon:
  when: delayed
  start_in: 2 seconds
  script: echo "in time"
`

const MUCH_LATER = DELAYED.replace('2 seconds', '6 days')

const GROUPED = `
default: {image: busybox:1.35}
.deploy:
  needs: []
  script: sleep 1
  resource_group: $CI_DEFAULT_BRANCH-servers
first: {extends: .deploy}
second: {extends: .deploy}
beside:
  needs: []
  script: sleep 1
`

const COMMITTED = `
default: {image: busybox:1.35}
seen:
  script: 'cat app.txt; test -e new.txt || echo "nothing new"'
`

const LIMITED = `
default: {image: busybox:1.35}
slow:
  timeout: 2 seconds
  script: sleep 600
  after_script: [echo "after all"]
listed:
  script: exit 42
  allow_failure: {exit_codes: [42]}
always:
  stage: deploy
  when: always
  script: echo "always here"
skipped:
  stage: deploy
  script: echo "must not run"
`

const USER = `
plain:
  image: {name: busybox:1.35, docker: {user: '1000'}}
  script:
    - id -u
    - echo more >> app.txt
    - mkdir -p new/dir && mv app.txt new/dir/
`

/** What a job in the middle of its work has of everything that could be left behind. */
const LONG = `
default: {image: busybox:1.35}
long:
  services: [{name: busybox:1.35, alias: beside, entrypoint: [sleep], command: ['600']}]
  script:
    - echo begun
    - sleep 600
  after_script:
    - echo "after $CI_JOB_STATUS"
    - $AFTER
  cache: {paths: [app.txt], when: always}
  artifacts: {paths: [app.txt], when: always}
next:
  stage: deploy
  script: echo "must not run"
`

describeWith([...ENGINE, 'docker-registry', ...IMAGES], 'jobs of entrepot run', () => {
  const cleanups = new Cleanups()
  let place: ProjectPlace

  beforeAll(async () => {
    const files = {
      'app.txt': 'committed\n',
      '.gitlab-ci.yml': COMMITTED,
      'ci/tried.yml': TRIED,
      'ci/delayed.yml': DELAYED,
      'ci/later.yml': MUCH_LATER,
      'ci/grouped.yml': GROUPED,
      'ci/limited.yml': LIMITED,
      'ci/user.yml': USER,
      'ci/long.yml': LONG,
    }
    place = cleanups.use(await ProjectPlace.start({ images: ['busybox'], files }))
  }, IMAGE_BUILD_TIMEOUT_MS)

  afterAll(() => cleanups[Symbol.asyncDispose]())

  test('are tried again for the reasons and exit codes that retry names, and for no others', async () => {
    const run = await place.run(['--file', 'ci/tried.yml'])
    expect(run.code).toBe(1)
    expect(run.outcomes.toSorted()).toEqual([
      ['flaky', 'success', 0],
      ['never', 'failed', 3],
      ['other-code', 'failed', 3],
      ['other-reason', 'failed', 3],
    ])
    const tries = (job: string) => run.course.filter((what) => what === `job.started ${job}`).length
    expect(['flaky', 'never', 'other-code', 'other-reason'].map(tries)).toEqual([2, 2, 1, 1])
    const logs = await readdir(join(place.project, '.entrepot/pipelines/1'), { recursive: true })
    expect(logs.filter((path) => /^flaky-\d+\/job\.log$/.test(path))).toHaveLength(2)
  })

  test('wait for their time, which --skip-delays spares them', async () => {
    const delayed = await place.print(['--file', 'ci/delayed.yml', '--timestamps'])
    expect([delayed.code, delayed.out]).toEqual([0, expect.stringContaining('in time')])
    const due = /soon +\| waits until (\S+)/.exec(delayed.out)?.[1] ?? 'not told'
    const started = /(\S+) soon +\| starts/.exec(delayed.out)?.[1] ?? 'not told'
    expect(Date.parse(started)).toBeGreaterThanOrEqual(Date.parse(due))
    const skipped = await place.run(['--file', 'ci/later.yml', '--skip-delays'])
    expect([skipped.code, skipped.course]).toEqual([0, ['job.started soon', 'job.finished soon']])
  })

  test('of one resource group run one after the other, while others run', async () => {
    const run = await place.run(['--file', 'ci/grouped.yml', '--concurrency', '3'])
    expect(run.code).toBe(0)
    const { course } = run
    const at = (what: string) => course.indexOf(what)
    expect(at('job.started second')).toBeGreaterThan(at('job.finished first'))
    expect(at('job.started beside')).toBeLessThan(at('job.finished first'))
  })

  test('that take longer than their timeout fail without after_script; the others end as they are allowed to', async () => {
    const run = await place.run(['--file', 'ci/limited.yml'])
    expect(run.code).toBe(1)
    expect(run.outcomes.toSorted()).toEqual([
      ['always', 'success', 0],
      ['listed', 'warning', 42],
      ['skipped', 'skipped', null],
      ['slow', 'failed', null],
    ])
    const slow = run.events.find((event) => event.event === 'job.finished' && event.job === 'slow')
    expect(slow).toMatchObject({ reason: 'job_execution_timeout' })
    expect(run.logOf('slow')).not.toContain('after all')
  })

  test('own the files of the project, whoever they run as', async () => {
    const run = await place.run(['--file', 'ci/user.yml'])
    expect([run.code, run.outcomes]).toEqual([0, [['plain', 'success', 0]]])
    expect(run.logOf('plain')).toMatch(/^1000$/m)
  })

  test('get the last commit with --committed, its pipeline file too', async () => {
    await place.write('app.txt', 'changed since\n')
    await place.write('new.txt', 'untracked\n')
    await place.write('.gitlab-ci.yml', COMMITTED.replace('seen:', 'not-committed:'))
    const committed = await place.run(['--committed'])
    expect([committed.code, committed.outcomes]).toEqual([0, [['seen', 'success', 0]]])
    expect(committed.logOf('seen')).toMatch(/^committed\nnothing new$/m)
    const asItIs = await place.run([])
    expect([asItIs.code, asItIs.outcomes]).toEqual([0, [['not-committed', 'success', 0]]])
    expect(asItIs.logOf('not-committed')).toContain('changed since')
    expect(asItIs.logOf('not-committed')).not.toMatch(/^nothing new$/m)
  })

  const says = (job: string, text: string) => (event: RunEvent) =>
    event.event === 'job.log' && event.job === job && event.text.includes(text)

  describe.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('in the middle of a pipeline that gets %s', (signal, code) => {
    test('run after_script, keep what they keep, and leave nothing behind', async () => {
      const run = place.begin(['--file', 'ci/long.yml', '--variable', 'AFTER=true'])
      await run.until(says('long', 'begun'))
      expect(await place.left()).not.toEqual([])
      run.signal(signal)
      expect([await run.end(), run.outcomes]).toEqual([
        code,
        [
          ['next', 'canceled', null],
          ['long', 'canceled', null],
        ],
      ])
      expect(run.logOf('long')).toContain('after canceled')
      expect(run.events.at(-1)).toMatchObject({ event: 'pipeline.finished', status: 'canceled' })
      expect(await place.left()).toEqual([])
    })

    test('and leave nothing either when a second one comes during after_script', async () => {
      const run = place.begin(['--file', 'ci/long.yml', '--variable', 'AFTER=sleep 600'])
      await run.until(says('long', 'begun'))
      run.signal(signal)
      await run.until(says('long', 'after canceled'))
      run.signal(signal)
      expect(await run.end()).toBe(code)
      expect(await place.left()).toEqual([])
    })
  })
})
