import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Job, JobDependency } from '../../executor/job/job.ts'
import type { ArtifactFile, ArtifactStore } from '../../executor/stages/artifact-store.ts'

/** What a job left, and where. */
export interface KeptArtifact {
  readonly type: string
  readonly filename: string
  readonly sizeBytes: number
  readonly path: string
}

/** Far more than GitLab takes of a report that is read here. */
const MAX_REPORT_BYTES = 1024 * 1024

/** Keeps what the jobs of one pipeline leave in their directories, where people find it, too. */
export class LocalArtifactStore implements ArtifactStore {
  readonly name = 'this project'
  /** By job. */
  readonly #directories = new Map<number, string>()
  readonly #kept = new Map<number, KeptArtifact[]>()

  /** Says where the files of a job go, before it leaves any. */
  register(jobId: number, directory: string): void {
    this.#directories.set(jobId, directory)
  }

  async put(job: Job, file: ArtifactFile, signal: AbortSignal): Promise<string> {
    const directory = this.#directories.get(job.id)
    if (directory === undefined) throw new Error(`job ${job.id} has no directory`)
    const { type, sizeBytes } = file
    // Names of archives are a job's to choose.
    const filename = file.filename.replaceAll(/[/\\\0]/g, '-')
    const folder = join(directory, type.replaceAll(/[^\w-]/g, '-'))
    const path = join(folder, filename)
    const partial = `${path}.part`
    await mkdir(folder, { recursive: true })
    try {
      await pipeline(file.open(), createWriteStream(partial), { signal })
      await rename(partial, path)
    } catch (error) {
      await rm(partial, { force: true })
      signal.throwIfAborted()
      throw error
    }
    this.#kept.set(job.id, [...this.of(job.id), { type, filename, sizeBytes, path }])
    return 'kept'
  }

  async get({ id }: JobDependency): Promise<Readable | undefined> {
    const archive = this.of(id).find(({ type }) => type === 'archive')
    if (archive === undefined) return undefined
    // Opened here: what is gone is told before anybody reads.
    const file = await open(archive.path)
    return file.createReadStream()
  }

  /** Everything that a job left. */
  of(jobId: number): readonly KeptArtifact[] {
    return this.#kept.get(jobId) ?? []
  }

  /** The text of a report that a job left; undefined without one, or when it is larger than anybody's. */
  async readReport(jobId: number, type: string, maxBytes = MAX_REPORT_BYTES): Promise<string | undefined> {
    const report = this.of(jobId).find((kept) => kept.type === type)
    if (report === undefined) return undefined
    const chunks: Buffer[] = []
    let size = 0
    const file = createReadStream(report.path)
    const text = file.pipe(createGunzip())
    file.on('error', (error) => text.destroy(error))
    try {
      for await (const chunk of text) {
        size += chunk.length
        if (size > maxBytes) return undefined
        chunks.push(chunk)
      }
    } finally {
      file.destroy()
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}
