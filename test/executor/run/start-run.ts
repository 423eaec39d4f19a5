import { expect } from 'vitest'
import { readJob } from '../../../src/executor/job/read-job.ts'
import type { JobRun, JobStage } from '../../../src/executor/run/job-run.ts'
import { runJob } from '../../../src/executor/run/run-job.ts'
import { JobTrace } from '../../../src/executor/trace/job-trace.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { RecordLog } from '../../support/record-log.ts'
import { CollectingSink } from '../trace/collecting-sink.ts'
import { type Acts, ScriptedExecutor } from './scripted-executor.ts'

export interface RunOrder extends Partial<JobRun['settings']> {
  /** Besides one step and a job's time of an hour. */
  readonly payload?: object
  readonly acts?: Acts
  readonly beforeSteps?: readonly JobStage[]
  readonly afterSteps?: JobRun['stages']['afterSteps']
}

/** Runs a job with an executor that does as told, under a clock that stands still. */
export function startRun(order: RunOrder) {
  const sink = new CollectingSink()
  const clock = new FakeClock()
  const log = new RecordLog()
  const executor = new ScriptedExecutor(order.acts ?? {})
  const cancel = new AbortController()
  const abort = new AbortController()
  const job = readJob({
    steps: [{ name: 'script', script: ['make'] }],
    runner_info: { timeout: 3600 },
    ...order.payload,
  })
  const trace = new JobTrace({
    sink,
    clock,
    hasSections: job.features.traceSections,
    hasTimestamps: false,
    limitBytes: 1_000_000,
    tokenPrefixes: [],
  })
  const {
    variables = [],
    featureFlags = new Map(),
    preBuildScript,
    postBuildScript,
    isDebugTraceDisabled,
    prepareTimeoutMs,
    getSourcesTimeoutMs,
    hostName = 'here',
  } = order
  const result = runJob({
    job,
    executor,
    trace,
    clock,
    log,
    slot: 0,
    settings: {
      ...{ variables, featureFlags, preBuildScript, postBuildScript, isDebugTraceDisabled, hostName },
      ...{ prepareTimeoutMs, getSourcesTimeoutMs },
    },
    stages: { beforeSteps: order.beforeSteps ?? [], afterSteps: order.afterSteps ?? (() => []) },
    cancel: cancel.signal,
    abort: abort.signal,
  })
  return {
    result,
    clock,
    log,
    executor,
    cancel,
    abort,
    /** Without colours and marks. */
    lines: () =>
      sink.text
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
        .replaceAll(/\x1b\[[0-9;]*[mK]/g, '')
        .replaceAll(/section_(start|end):\d+:(\w+)\r/g, '')
        .split('\n')
        .filter((line) => line !== ''),
    /** Moves time when somebody waits for so long. */
    pass: async (ms: number) => {
      await expect.poll(() => clock.hasSleeperWithin(ms), { interval: 1 }).toBe(true)
      clock.advance(ms)
    },
    /** Waits until the executor was asked for this. */
    reaches: (event: string) => expect.poll(() => executor.events, { interval: 1 }).toContain(event),
  }
}

/** A stage that writes its name to a list. */
export function stage(name: string, seen: string[], run: JobStage['run'] = async () => {}): JobStage {
  return {
    name,
    title: `Doing ${name}`,
    run: async (place, signal) => {
      seen.push(name)
      await run(place, signal)
    },
  }
}
