import { expect, test } from 'vitest'
import { RunnerMetrics } from '../../src/server/metrics/runner-metrics.ts'
import { RunnerMetricsListener } from '../../src/server/runner-metrics-listener.ts'
import { RecordLog } from '../support/record-log.ts'
import { startBusyRunner } from '../support/start-busy-runner.ts'
import { script } from '../support/start-fleet.ts'

const RUNNER = 'runner="a runner"'

test('a scrape tells the jobs that ran and how they ended', async () => {
  await using busy = await startBusyRunner()
  const { server, log } = busy.run
  server.addJob(script('exit 3'))
  await expect.poll(() => log.of('job.ended').length).toBe(2)
  const { value, text } = await busy.scrape()
  const ended = (result: string) => value(`entrepot_jobs_ended_total{result="${result}",${RUNNER}}`)
  expect(ended('success')).toBe(1)
  expect(ended('script_failure')).toBe(1)
  expect(ended('image_pull_failure')).toBe(0)
  expect(value(`entrepot_jobs_running{${RUNNER}}`)).toBe(0)
  expect(value('entrepot_jobs_max')).toBe(3)
  expect(value(`entrepot_runner_jobs_max{${RUNNER}}`)).toBe(2)
  expect(value(`entrepot_runner_state{${RUNNER}}`)).toBe(0)
  expect(value(`entrepot_runner_requests_total{answer="job",${RUNNER}}`)).toBe(2)
  expect(value(`entrepot_job_duration_seconds_count{${RUNNER}}`)).toBe(2)
  for (const phase of ['prepare', 'before_steps', 'steps', 'after_steps']) {
    const series = `entrepot_job_phase_duration_seconds_count{phase="${phase}",${RUNNER}}`
    expect([phase, value(series)]).toEqual([phase, 2])
  }
  expect(value('process_open_fds')).toBeGreaterThan(0)
  expect(text).not.toContain('acme')
  const sleeping = server.addJob(script('sleep 600'))
  await server.until(() => sleeping.status === 'running')
  expect((await busy.scrape()).value(`entrepot_jobs_running{${RUNNER}}`)).toBe(1)
})

test('a runner whose server is in trouble says so, and one that takes no more jobs says nothing', async () => {
  await using busy = await startBusyRunner()
  const { server, drain, over } = busy.run
  const state = async () => (await busy.scrape()).value(`entrepot_runner_state{${RUNNER}}`)
  const isWell = server.fault({ at: /jobs\/request/, answer: { status: 500 } })
  // What the held request brings.
  server.addJob(script('true'))
  await expect.poll(state).toBe(1)
  isWell()
  drain.abort()
  await over
  expect(await state()).toBeUndefined()
  expect((await busy.scrape()).value(`entrepot_jobs_ended_total{result="success",${RUNNER}}`)).toBe(2)
})

test('has no series for a job, a project or an image', async () => {
  await using busy = await startBusyRunner()
  const { labels } = await busy.scrape()
  const keys = new Set([...labels.values()].flatMap((names) => [...names]))
  expect([...keys].sort()).toEqual([
    'answer',
    'le',
    'node',
    'phase',
    'quantile',
    'result',
    'runner',
    'source',
    'version',
  ])
})

test('the listener follows the settings, and trouble with an address is told and tried again', async () => {
  using metrics = new RunnerMetrics({ concurrent: 1, durationBoundsS: [1], runners: new Map() })
  const log = new RecordLog()
  const addresses = () => log.of('runner.metrics_listening').map(({ fields }) => String(fields.address))
  const answers = async (at: number) =>
    (await fetch(`${addresses().at(at)}/metrics`).catch(() => undefined))?.status
  await using first = new RunnerMetricsListener(metrics, log)
  await first.follow(undefined)
  expect(log.lines).toEqual([])
  await first.follow({ host: '127.0.0.1', port: 0 })
  expect(await answers(-1)).toBe(200)
  const taken = { host: '127.0.0.1', port: Number(new URL(addresses()[0] ?? '').port) }
  await using second = new RunnerMetricsListener(metrics, log)
  await second.follow(taken)
  expect(log.of('runner.metrics_failed')).toMatchObject([{ level: 'error', fields: taken }])
  await first.follow({ host: '', port: 0 })
  expect(await fetch(`http://127.0.0.1:${taken.port}/metrics`).catch(() => 'refused')).toBe('refused')
  expect((await fetch(`http://127.0.0.1:${new URL(addresses()[1] ?? '').port}/metrics`)).status).toBe(200)
  await second.follow(taken)
  await second.follow(taken)
  expect(addresses()).toHaveLength(3)
  expect(await answers(2)).toBe(200)
  await second.follow(undefined)
  expect(await answers(2)).toBeUndefined()
})
