import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { JobFailure } from '../../../src/executor/failure.ts'
import type { Job, JobDependency } from '../../../src/executor/job/job.ts'
import type { ArtifactFile, ArtifactStore } from '../../../src/executor/stages/artifact-store.ts'

export interface KeptArtifact extends Omit<ArtifactFile, 'open'> {
  readonly bytes: Buffer
}

/** Keeps what jobs leave, by job. */
export class MemoryArtifacts implements ArtifactStore {
  readonly name = 'coordinator'
  readonly kept = new Map<number, KeptArtifact[]>()
  /** Of the next calls, why they fail. */
  readonly failures: string[] = []

  async put(job: Job, { open, ...file }: ArtifactFile): Promise<string> {
    this.#failIfTold()
    const bytes = await buffer(open())
    this.kept.set(job.id, [...(this.kept.get(job.id) ?? []), { ...file, bytes }])
    return '201 Created'
  }

  async get({ id }: JobDependency): Promise<Readable | undefined> {
    this.#failIfTold()
    const archive = this.kept.get(id)?.find(({ type }) => type === 'archive')
    return archive === undefined ? undefined : Readable.from([archive.bytes])
  }

  #failIfTold(): void {
    const why = this.failures.shift()
    if (why !== undefined) throw new JobFailure('runner_system_failure', why)
  }
}
