import type { TraceStream } from '../executor.ts'

/** Where a job's log goes when it is safe to be read. */
export interface TraceSink {
  /**
   * Takes it at once; of a sink that cannot take more the rest is lost, never the job.
   * @param stream our own lines are of `stdout`
   */
  write(chunk: Buffer, stream: TraceStream): void
}
