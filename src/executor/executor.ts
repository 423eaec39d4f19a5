import type { Readable } from 'node:stream'
import type { PullRecord } from './dependency-proxy.ts'
import type { Job, JobVariable } from './job/job.ts'

/**
 * Where jobs run. One per program; every method may be called concurrently.
 *
 * Lifecycle of a job: `open` -> `prepare` -> `run`, once per stage, one after the other -> `close`. `close` is
 * called exactly once, whatever happened before, also after a `prepare` that failed. A `prepare` that failed is tried
 * again in another environment, opened when the first is closed.
 */
export interface Executor {
  /** `docker`, as servers and logs name it. */
  readonly name: string
  /** Takes no resources yet. */
  open(order: JobOrder): JobEnvironment
  /**
   * Removes what earlier processes of this host left behind. Never touches what a living process owns.
   * @returns how many containers, networks and volumes were removed
   */
  sweep(): Promise<Swept>
  close(): Promise<void>
}

export interface JobOrder {
  readonly job: Job
  /** For lines of our own, and for what the scripts write. */
  readonly trace: TraceWriter
  /** Sets jobs of one project apart that run at the same time; the lowest free number from 0. */
  readonly slot: number
  /** The same of all jobs of a runner. Absent: as `slot`, all being of one project. */
  readonly runnerSlot?: number | undefined
  /** Called for every image of the job, when it is there. */
  readonly onImage?: ((source: ImageSource) => void) | undefined
}

/**
 * Where an image of a job came from: what the cache said of it; `local`, it was on the engine; `direct`, from its
 * registry without the cache; `proxied`, through the cache, which said nothing of it.
 */
export type ImageSource = PullRecord['outcome'] | 'local' | 'direct' | 'proxied'

/** Where everything is written that a job's log shows. Masking, limits and timestamps are behind it. */
export interface TraceWriter {
  /** What a container wrote, in any pieces. */
  write(chunk: Buffer, stream: TraceStream): void
  /** A line of our own. */
  info(text: string): void
  line(text: string): void
  /** `WARNING: ` is put before it. */
  warn(text: string): void
  /** `ERROR: ` is put before it. */
  error(text: string): void
}

export type TraceStream = 'stdout' | 'stderr'

/** The place where the stages of one job run. */
export interface JobEnvironment {
  /**
   * Pulls images, makes network and volumes, starts services and waits for them.
   * @throws JobFailure, classified; anything else may be tried again
   */
  prepare(signal: AbortSignal): Promise<PreparedEnvironment>
  /**
   * Runs a script in a container, and writes its output to the trace.
   * @returns its exit code; also that of an image whose entrypoint ignores the script
   * @throws JobFailure; the signal's reason when it was stopped, the container then being gone
   */
  run(stage: StageRun, signal: AbortSignal): Promise<StageEnd>
  /**
   * A directory tree or file of the build container's file system, as tar: names begin with the last part of the
   * path, links are not followed. Only one at a time, and nothing is written meanwhile: engines lock the container.
   * @returns undefined when nothing is there. The stream is the caller's to read to its end, or to destroy
   * @throws the signal's reason
   */
  readArchive(path: string, signal: AbortSignal): Promise<Readable | undefined>
  /**
   * Unpacks tar into a directory of the build container's file system, which is made if it is missing. Whatever the
   * archive says, what is unpacked belongs to the user of the build's scripts. Directories that the archive leaves out
   * are not: see makeDirectories.
   * @throws what the stream throws; the signal's reason
   */
  writeArchive(directory: string, tar: Readable, signal: AbortSignal): Promise<void>
  /**
   * Makes those of the directories that are missing, and what is missing on the way to them; they belong to the user
   * of the build's scripts. What is there stays as it is.
   */
  makeDirectories(paths: readonly string[], signal: AbortSignal): Promise<void>
  /** Removes everything that was made for the job, however far it got. Never throws: trouble is told to the log. */
  close(): Promise<void>
}

export interface PreparedEnvironment {
  /** Of the build container, as the job's log tells it. */
  readonly hostname: string
  /** `/builds`. */
  readonly buildsDirectory: string
  /** `/builds/acme/shop`. */
  readonly projectDirectory: string
  /** For file variables and scripts, beside the project's. */
  readonly temporaryDirectory: string
  readonly cacheDirectory: string
  /**
   * What only the environment knows: CI_BUILD_NETWORK_NAME, the five of the dependency proxy. Not expanded; they win
   * over the job's own, so what a job may set itself is left out when it does.
   */
  readonly variables: readonly JobVariable[]
}

export interface StageRun {
  /** `step_script`, `after_script`, `get_sources`, as in sections. */
  readonly name: string
  /** `build`: the job's image. `helper`: the one with git. */
  readonly container: 'build' | 'helper'
  /** Given to a shell on standard input. */
  readonly script: string
}

export interface StageEnd {
  readonly exitCode: number
  /** What a user is told about the code, when there is more to tell: killed for memory, no shell. */
  readonly explanation: string | undefined
}

export interface Swept {
  readonly containers: number
  readonly networks: number
  readonly volumes: number
}
