import type { TraceWriter } from '../executor.ts'
import type { JobStage } from '../run/job-run.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { CacheStore } from './cache-store.ts'

/** What the stages around a job's steps work with. */
export interface StageParts {
  /** Puts the project's files in place. */
  readonly sources: JobStage
  readonly caches: CacheStore
  /** What sets this project's caches apart from all others on this machine. */
  readonly cacheProject: string
  readonly artifacts: ArtifactStore
  readonly trace: TraceWriter
  /** On this machine, for archives while they are made and read. Made when it is missing; nothing stays in it. */
  readonly temporaryDirectory: string
}
