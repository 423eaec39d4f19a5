import type { JobFinished, RunEvent, UsedImage } from '../../../../src/pipeline/run/pipeline-events.ts'

export const BEGIN = Date.parse('2026-01-01T00:00:00Z')

export function at(ms: number): string {
  return new Date(BEGIN + ms).toISOString()
}

export function started(...jobs: readonly (readonly [job: string, stage: string])[]): RunEvent {
  return { event: 'pipeline.started', time: at(0), jobs: jobs.map(([job, stage]) => ({ job, stage })) }
}

export function jobStarted(job: string, ms: number, stage = 'test'): RunEvent {
  return { event: 'job.started', time: at(ms), job, stage }
}

export function logged(job: string, text: string, ms = 0): RunEvent {
  return { event: 'job.log', time: at(ms), job, stream: 'stdout', text }
}

const LOCAL: readonly UsedImage[] = [{ reference: 'busybox', source: 'local' }]

export function jobFinished(job: string, facts: Partial<JobFinished> = {}): JobFinished {
  const stage = facts.stage ?? 'test'
  return {
    event: 'job.finished',
    time: at(5000),
    job,
    stage,
    status: 'success',
    exitCode: null,
    durationMs: 1500,
    waitMs: 100,
    reason: null,
    logFile: `.entrepot/logs/${job}.log`,
    images: LOCAL,
    tests: null,
    ...facts,
  }
}

export function notRun(job: string, status: 'skipped' | 'manual', reason: string): JobFinished {
  return jobFinished(job, { status, reason, durationMs: 0, waitMs: 0, logFile: null, images: [] })
}

export function finished(status: 'success' | 'failed' | 'blocked' = 'success'): RunEvent {
  const time = at(6000)
  return {
    event: 'pipeline.finished',
    time,
    status,
    cacheHits: 2,
    upstreamRequests: 1,
    bytesSaved: 3_145_728,
  }
}
