import { expect } from 'vitest'
import { RunnerMetrics } from '../../src/server/metrics/runner-metrics.ts'
import { RunnerMetricsListener } from '../../src/server/runner-metrics-listener.ts'
import { readScrape, type Scraped } from './scrape.ts'
import { type RunningFleet, script, startFleet } from './start-fleet.ts'

export interface BusyRunner extends AsyncDisposable {
  readonly run: RunningFleet
  scrape(): Promise<Scraped>
}

/** A runner with a limit and a token that expires, whose metrics are told on a port of this machine, and which has run a job. */
export async function startBusyRunner(): Promise<BusyRunner> {
  const run = await startFleet({ limit: 2, tokenExpiresAt: Date.parse('2126-01-01T00:00:00Z') })
  const metrics = new RunnerMetrics(run.fleet.figures)
  const listener = new RunnerMetricsListener(metrics, run.log)
  await listener.follow({ host: '127.0.0.1', port: 0 })
  run.server.addJob(script('true'))
  // Its server is told first.
  await expect.poll(() => run.log.of('job.ended').length).toBe(1)
  const [listening] = run.log.of('runner.metrics_listening')
  return {
    run,
    scrape: async () => readScrape(await (await fetch(`${listening?.fields.address}/metrics`)).text()),
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]()
      metrics[Symbol.dispose]()
      await run[Symbol.asyncDispose]()
    },
  }
}
