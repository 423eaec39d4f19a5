import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSettled } from '../../../src/pipeline/schedule/job-status.ts'
import type { ScheduledJob } from '../../../src/pipeline/schedule/schedule.ts'
import { failure, MovedPipeline, SUCCESS, scheduled } from './jobs.ts'

const COUNT = 8

const anyJob = fc.record({
  stageIndex: fc.integer({ min: 0, max: 3 }),
  when: fc.constantFrom('on_success', 'on_success', 'on_failure', 'always', 'manual', 'delayed'),
  allowFailure: fc.constantFrom(true, false, false),
  needs: fc.option(fc.uniqueArray(fc.nat({ max: COUNT }), { maxLength: 3 }), { nil: undefined }),
  resourceGroup: fc.constantFrom(undefined, undefined, 'production'),
  max: fc.integer({ min: 0, max: 2 }),
})

/** Sorted by stage, with needs among those before, so that there is no circle. */
const anyPipeline = fc.array(anyJob, { minLength: 1, maxLength: COUNT }).map((jobs) =>
  jobs
    .toSorted((left, right) => left.stageIndex - right.stageIndex)
    .map(
      ({ max, needs, stageIndex, ...job }, index): ScheduledJob =>
        scheduled(`job${index}`, stageIndex, {
          ...job,
          startInMs: 1000,
          needs: needs?.filter((need) => need < index).map((need) => `job${need}`),
          config: { retry: { max, when: [], exitCodes: [] } },
        }),
    ),
)

/** How many tries of each job fail, by number. */
const anyFailures = fc.array(fc.nat({ max: 3 }), { minLength: COUNT, maxLength: COUNT })

/** Runs it to its end; `choose` says which of those that run ends next. */
function run(
  jobs: readonly ScheduledJob[],
  failures: readonly number[],
  choose: () => number,
  check: (pipeline: MovedPipeline) => void = () => undefined,
) {
  const pipeline = new MovedPipeline(jobs)
  check(pipeline)
  while (pipeline.running.length > 0 || pipeline.wakeAt !== undefined) {
    const job = pipeline.running[choose() % Math.max(pipeline.running.length, 1)]
    if (job === undefined) {
      pipeline.nowAt = pipeline.wakeAt ?? 0
      pipeline.happen({ kind: 'time' })
    } else {
      const tries = pipeline.started.filter((name) => name === job).length
      const isFailed = tries <= (failures[Number(job.slice(3))] ?? 0)
      pipeline.end(job, isFailed ? failure() : SUCCESS)
    }
    check(pipeline)
  }
  return pipeline
}

test('every job comes to its end, or waits for a person', () => {
  fc.assert(
    fc.property(anyPipeline, anyFailures, (jobs, failures) => {
      const pipeline = run(jobs, failures, () => 0)
      const hasGate = jobs.some(({ name, when }) => when === 'manual' && pipeline.status(name) === 'manual')
      for (const { name } of jobs) {
        const status = pipeline.status(name) ?? 'created'
        expect(isSettled(status) || status === 'manual' || (hasGate && status === 'created')).toBe(true)
      }
      expect(pipeline.result).not.toBe('running')
    }),
  )
})

test('it ends the same, in whatever order jobs end', () => {
  fc.assert(
    fc.property(anyPipeline, anyFailures, fc.array(fc.nat(), { minLength: 1 }), (jobs, failures, order) => {
      let turn = 0
      const other = run(jobs, failures, () => order[turn++ % order.length] ?? 0)
      expect(other.statuses).toEqual(run(jobs, failures, () => 0).statuses)
    }),
  )
})

test('at every moment: nobody runs before what it waits for, nor waits without a reason, nor beside its group', () => {
  fc.assert(
    fc.property(anyPipeline, anyFailures, fc.array(fc.nat(), { minLength: 1 }), (jobs, failures, order) => {
      let turn = 0
      run(
        jobs,
        failures,
        () => order[turn++ % order.length] ?? 0,
        (pipeline) => {
          const isOver = (name: string) => isSettled(pipeline.status(name) ?? 'created')
          for (const job of jobs) {
            const before =
              job.needs ?? jobs.filter((one) => one.stageIndex < job.stageIndex).map(({ name }) => name)
            const status = pipeline.status(job.name)
            const isLeft = (name: string) =>
              pipeline.status(name) === 'manual' &&
              jobs.find((one) => one.name === name)?.allowFailure === true
            if (status === 'running') expect(before.every((name) => isOver(name) || isLeft(name))).toBe(true)
            if (status === 'created') expect(before.every(isOver)).toBe(false)
          }
          const inGroup = jobs.filter(
            ({ name, resourceGroup }) => resourceGroup && pipeline.running.includes(name),
          )
          expect(inGroup.length).toBeLessThanOrEqual(1)
          const waiting = jobs.filter(({ name }) => pipeline.status(name) === 'waiting')
          expect(waiting.length === 0 || inGroup.length === 1).toBe(true)
        },
      )
    }),
  )
})

test('a job is tried once more than its retries at most', () => {
  fc.assert(
    fc.property(anyPipeline, anyFailures, (jobs, failures) => {
      const { started } = run(jobs, failures, () => 0)
      for (const { name, config } of jobs) {
        expect(started.filter((one) => one === name).length).toBeLessThanOrEqual(config.retry.max + 1)
      }
    }),
  )
})
