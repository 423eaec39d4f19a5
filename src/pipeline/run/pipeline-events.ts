import type { TraceStream } from '../../executor/executor.ts'
import type { PulledFrom } from '../../executor/images/pull-source.ts'
import type { TestCounts } from '../reports/count-tests.ts'

/**
 * What happens while a pipeline runs, in order. The first five are what `--json` prints, one per line; the others are
 * for whoever reads along. Every event is told once. Names and units are for users: they change with a new major
 * version only.
 */
export type RunEvent =
  | JobStarted
  | JobLogged
  | ImagePulled
  | JobFinished
  | PipelineFinished
  | PipelineStarted
  | ImageProgress
  | JobDelayed
  | JobRetried

interface Happened<Name extends string> {
  readonly event: Name
  /** ISO 8601, UTC, with milliseconds. */
  readonly time: string
}

/** A job got its slot. Once for each try. */
export interface JobStarted extends Happened<'job.started'> {
  readonly job: string
  readonly stage: string
}

export interface JobLogged extends Happened<'job.log'> {
  readonly job: string
  readonly stream: TraceStream
  /** One line without its end. Secrets are masked; control sequences of the job are in it. */
  readonly text: string
}

/** An image is ready to be used: once for each image of the run, not for each job. */
export interface ImagePulled extends Happened<'image.pulled'> {
  /** As it was written: `postgres:12.2`. */
  readonly reference: string
  /** Null: no registry knows it, or the engine did not say. */
  readonly digest: string | null
  /** `local`: it was there, and nothing was pulled. */
  readonly source: PulledFrom
  /** What was sent to the engine for it. */
  readonly bytes: number
  /** Null: it did not come through the cache, so nobody counted. */
  readonly upstreamRequests: number | null
}

/** A job is settled, whether or not it ever ran. */
export interface JobFinished extends Happened<'job.finished'> {
  readonly job: string
  readonly stage: string
  readonly status: FinishedStatus
  /** Of the script; null when there is none to tell. */
  readonly exitCode: number | null
  /** Of its last try; 0 of one that never ran. */
  readonly durationMs: number
  /** From the moment that it could have started until it did. */
  readonly waitMs: number
  /** `script_failure` or the like of a failure, a sentence for a job that did not run; null: all went well. */
  readonly reason: string | null
  /** Of its last try, relative to the project; null when it never ran. */
  readonly logFile: string | null
  /** What its containers were made from, the job's own first. */
  readonly images: readonly UsedImage[]
  /** Of the JUnit reports of its last try; null without any. */
  readonly tests: TestCounts | null
}

/** `warning`: it failed, which was allowed. `manual`: it waits for a person. */
export type FinishedStatus = 'success' | 'failed' | 'warning' | 'skipped' | 'manual' | 'canceled'

export interface UsedImage {
  readonly reference: string
  readonly source: PulledFrom
}

/** The last of all. */
export interface PipelineFinished extends Happened<'pipeline.finished'> {
  readonly status: 'success' | 'failed' | 'blocked' | 'empty' | 'canceled'
  /** Images that the cache had. */
  readonly cacheHits: number
  /** Of all images of the run. */
  readonly upstreamRequests: number
  /** What came out of the cache instead of from an upstream. */
  readonly bytesSaved: number
}

/** The first of all. */
export interface PipelineStarted extends Happened<'pipeline.started'> {
  /** All that there are, in the order of the pipeline. */
  readonly jobs: readonly { readonly job: string; readonly stage: string }[]
}

/** How far an image has come. */
export interface ImageProgress extends Happened<'image.progress'> {
  readonly reference: string
  readonly bytes: number
  /** Grows while layers are found out about. */
  readonly totalBytes: number
}

/** A job waits for its time. */
export interface JobDelayed extends Happened<'job.delayed'> {
  readonly job: string
  readonly stage: string
  /** ISO 8601. */
  readonly startAt: string
}

/** A try failed, and another one follows. */
export interface JobRetried extends Happened<'job.retried'> {
  readonly job: string
  readonly stage: string
  readonly reason: string
  readonly exitCode: number | null
}
