import { describe, expect, test } from 'vitest'
import { openView, type ViewFlags } from '../../../../src/cli/run/view/open-view.ts'
import type { RunEvent } from '../../../../src/pipeline/run/pipeline-events.ts'
import { at, finished, jobFinished, jobStarted, logged, notRun, started } from './events.ts'
import { viewContext } from './view-context.ts'

const EVENTS: readonly RunEvent[] = [
  started(['build', 'build'], ['test: [a]', 'test'], ['deploy', 'deploy']),
  { event: 'image.progress', time: at(0), reference: 'redis:7', bytes: 1, totalBytes: 2_097_152 },
  {
    event: 'image.pulled',
    time: at(10),
    reference: 'redis:7',
    digest: `sha256:${'a'.repeat(64)}`,
    source: 'cache',
    bytes: 2_097_152,
    upstreamRequests: 0,
  },
  jobStarted('build', 20, 'build'),
  logged('build', '\u001b[32;1m$ make\u001b[0;m'),
  logged('build', '1%\r100%'),
  jobFinished('build', { stage: 'build', images: [{ reference: 'redis:7', source: 'cache' }] }),
  jobStarted('test: [a]', 30),
  logged('test: [a]', 'boom'),
  {
    event: 'job.retried',
    time: at(40),
    job: 'test: [a]',
    stage: 'test',
    reason: 'script_failure',
    exitCode: 1,
  },
  jobStarted('test: [a]', 50),
  logged('test: [a]', 'boom again'),
  jobFinished('test: [a]', { status: 'failed', exitCode: 1, reason: 'script_failure' }),
  notRun('deploy', 'skipped', 'test: [a] failed'),
  finished('failed'),
]

async function shown(flags: ViewFlags, events: readonly RunEvent[] = EVENTS, env: NodeJS.ProcessEnv = {}) {
  const context = viewContext({ env })
  const view = await openView(flags, context)
  for (const event of events) view.on(event)
  await view.close()
  return context
}

describe('what a run shows without a terminal', () => {
  test('is lines, and a summary at the end', async () => {
    const { out, err } = await shown({})
    expect(err).toBe('')
    expect(out).toBe(`pulling redis:7
redis:7: 2.0 MiB from the cache, 0 upstream requests
build     | starts (build)
build     | $ make
build     | 100%
build     | succeeded in 1.5 s
test: [a] | starts (test)
test: [a] | boom
test: [a] | failed: script_failure, exit code 1, and is tried again
test: [a] | starts (test)
test: [a] | boom again
test: [a] | failed: script_failure, exit code 1, after 1.5 s
deploy    | skipped: test: [a] failed

test: [a] failed: script_failure, exit code 1
  boom again
  log: .entrepot/logs/test: [a].log

STATUS   STAGE  JOB        DURATION   WAIT  IMAGE  EXIT  REASON
success  build  build         1.5 s  0.1 s  cache
failed   test   test: [a]     1.5 s  0.1 s  local     1  script_failure
skipped  test   deploy                                   test: [a] failed

the pipeline failed
2 pulls from the cache, 3.0 MiB saved, 1 upstream request
`)
  })

  test('has the time before every line when that is asked for', async () => {
    const { out } = await shown({ timestamps: true })
    expect(out).toContain(`${at(20)} build     | starts (build)\n`)
  })

  test.each([
    { env: {}, hasColours: false },
    { env: { CLICOLOR_FORCE: '1' }, hasColours: true },
    { env: { FORCE_COLOR: '1' }, hasColours: true },
    { env: { FORCE_COLOR: '1', NO_COLOR: '1' }, hasColours: false },
  ])('has colours with $env: $hasColours', async ({ env, hasColours }) => {
    const { out } = await shown({}, EVENTS, env)
    expect(out.includes('\u001b[')).toBe(hasColours)
  })
})

describe('what a run shows as JSON', () => {
  test('is events alone, one per line', async () => {
    const context = viewContext()
    const view = await openView({ json: true }, context)
    view.say('a note\n')
    for (const event of EVENTS) view.on(event)
    await view.close()
    const lines = context.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(context.err).toBe('a note\n')
    expect(lines.map(({ event }) => event)).toEqual([
      ...['image.pulled', 'job.started', 'job.log', 'job.log', 'job.finished', 'job.started', 'job.log'],
      ...['job.started', 'job.log', 'job.finished', 'job.finished', 'pipeline.finished'],
    ])
    expect(lines[1]).toEqual({ event: 'job.started', time: at(20), job: 'build', stage: 'build' })
    expect(lines.at(-3)).toEqual({
      event: 'job.finished',
      time: at(5000),
      job: 'test: [a]',
      stage: 'test',
      status: 'failed',
      exitCode: 1,
      durationMs: 1500,
      reason: 'script_failure',
    })
    expect(lines.at(-1)).toEqual({
      event: 'pipeline.finished',
      time: at(6000),
      status: 'failed',
      cacheHits: 2,
      upstreamRequests: 1,
      bytesSaved: 3_145_728,
    })
  })
})

test('the tests of reports are counted in the summary, and no column is there without any', async () => {
  const tests = { tests: 12, failed: 1, skipped: 2 }
  const events = [
    started(['unit', 'test'], ['lint', 'test']),
    jobFinished('unit', { tests }),
    jobFinished('lint'),
  ]
  const { out } = await shown({}, [...events, finished()])
  expect(out).toMatch(/ TESTS\s*\n/)
  expect(out).toMatch(/ unit .* 12, 1 failed, 2 skipped\n/)
  expect((await shown({}, EVENTS)).out).not.toContain('TESTS')
  expect((await shown({ json: true }, [...events, finished()])).out).not.toContain('tests')
})

test('a terminal that does not know its size gets whole tables, as wide as most are', async () => {
  const context = viewContext({ columns: 0 })
  const view = await openView({}, context)
  for (const event of EVENTS) view.on(event)
  await view.close()
  expect(context.out).toMatch(/success +build +build +1\.5 s/)
})
