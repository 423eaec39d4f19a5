import type { Readable } from 'node:stream'
import type { Job, JobDependency } from '../job/job.ts'

/** Where the files that jobs leave are kept: a GitLab server, or a directory of this machine. */
export interface ArtifactStore {
  /** `coordinator`, as logs of jobs name it. */
  readonly name: string
  /**
   * Keeps a file of a job.
   * @returns how it went, in the job's log: `201 Created`
   * @throws JobFailure when it is refused, or cannot be kept; the signal's reason
   */
  put(job: Job, file: ArtifactFile, signal: AbortSignal): Promise<string>
  /**
   * The archive (zip) that an earlier job left.
   * @returns undefined when it is gone. The stream is the caller's to read to its end, or to destroy
   * @throws JobFailure; the signal's reason
   */
  get(dependency: JobDependency, signal: AbortSignal): Promise<Readable | undefined>
}

/** A file that a job leaves, made in a temporary place. */
export interface ArtifactFile {
  /** `artifacts.zip`. */
  readonly filename: string
  /** `archive`, or the kind of a report: `junit`. */
  readonly type: string
  readonly format: 'zip' | 'gzip' | 'raw'
  /** As the job has it: `7d`. */
  readonly expireIn: string | undefined
  readonly sizeBytes: number
  /** Its bytes from the beginning; once more when a server wants them elsewhere. */
  open(): Readable
}
