import { readdir } from 'node:fs/promises'
import { systemClock } from '../../src/clock.ts'
import { readOwner } from '../../src/executor/docker/owner.ts'
import { JobJournal } from '../../src/runner/journal/job-journal.ts'
import { openCoordinator } from '../../src/runner/protocol/open-coordinator.ts'
import type { RunnerPlan } from '../../src/runner/runner.ts'
import { RunnerFleet } from '../../src/runner/runner-fleet.ts'
import { IDENTITY } from './coordinator/a-runner.ts'
import { Coordinator, type CoordinatorOptions } from './coordinator/coordinator.ts'
import type { JobRecord } from './coordinator/job-record.ts'
import { LocalExecutor } from './executor/local-executor.ts'
import { PLAIN_SETTINGS } from './executor/plain-settings.ts'
import { RecordLog } from './record-log.ts'
import { makeTempDir } from './temp-dir.ts'

/** A job of one step. */
export const script = (...lines: string[]) => ({ payload: { steps: [{ name: 'script', script: lines }] } })
export const ORDER = { concurrent: 3, shutdownTimeoutMs: 30_000 }

/** A runner of a server whose jobs run in shells of this machine. */
export function planOf(server: Coordinator, special: Partial<RunnerPlan> = {}): RunnerPlan {
  return {
    name: 'a runner',
    key: 'a runner',
    version: 'first',
    url: server.url,
    token: server.runners.create(),
    banner: ['Running with entrepot', '  on a runner'],
    limit: 0,
    requestConcurrency: 1,
    checkIntervalMs: 20,
    settings: PLAIN_SETTINGS,
    outputLimitBytes: 4 * 1024 * 1024,
    open: async () => {
      const coordinator = openCoordinator({ url: server.url, identity: IDENTITY, clock: systemClock })
      return {
        coordinator,
        executor: new LocalExecutor(),
        variables: [],
        stagesOf: () => ({ beforeSteps: [], afterSteps: () => [] }),
        lost: new AbortController().signal,
        close: () => coordinator.close(),
      }
    },
    ...special,
  }
}

export type RunningFleet = Awaited<ReturnType<typeof startFleet>>

/** A server, and a fleet with one runner of it. */
export async function startFleet(special: Partial<RunnerPlan> & CoordinatorOptions = {}) {
  const directory = await makeTempDir()
  const journal = await JobJournal.open(directory.path, await readOwner())
  const server = await Coordinator.start(special)
  server.trace = { ...server.trace, intervalSeconds: 0.02 }
  const log = new RecordLog()
  const drain = new AbortController()
  const abort = new AbortController()
  const fleet = new RunnerFleet({
    journal,
    clock: systemClock,
    log,
    drain: drain.signal,
    abort: abort.signal,
  })
  const plan = planOf(server, special)
  fleet.apply({ ...ORDER, plans: [plan] })
  const over = fleet.over()
  return {
    server,
    fleet,
    plan,
    log,
    abort,
    drain,
    over,
    directory,
    logsLeft: async () => {
      const files = await readdir(directory.path, { recursive: true })
      return files.filter((file) => /trace|ticket/.test(file))
    },
    /** Does it, and waits until a runner has asked once more, and only that waits for a job. */
    untilAsked: async (act: () => void) => {
      const asked = server.callsTo(/jobs\/request/).length
      act()
      await server.until(
        () => server.callsTo(/jobs\/request/).length > asked + 1 && server.queue.waitingCount === 1,
      )
    },
    isOver: (...jobs: JobRecord[]) => server.until(() => jobs.every((job) => job.isOver)),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await over
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}
