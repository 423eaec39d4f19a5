import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { readProofFile, writeProofFile } from './proof-file.ts'
import { MemoryPullProofs, type PullProof, type PullProofs } from './pull-proofs.ts'

export interface FilePullProofsParts {
  readonly path: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * In a file that the runs of a user share. Of two that write at once one may lose what it has just recorded: its
 * registry is then asked once more. A file that cannot be read or written costs no job anything but that.
 */
export class FilePullProofs implements PullProofs {
  readonly #parts: FilePullProofsParts
  readonly #proofs: MemoryPullProofs
  #hasNews = false
  #saving: Promise<void> | undefined

  private constructor(parts: FilePullProofsParts, proofs: MemoryPullProofs) {
    this.#parts = parts
    this.#proofs = proofs
  }

  static async open(parts: FilePullProofsParts): Promise<FilePullProofs> {
    const { path, clock, log } = parts
    try {
      return new FilePullProofs(parts, new MemoryPullProofs(clock, await readProofFile(path)))
    } catch (error) {
      const told =
        'what earlier runs were allowed to read could not be read: their registries are asked again'
      log.warn({ event: 'pull_proofs.unread', err: error }, told)
      return new FilePullProofs(parts, new MemoryPullProofs(clock))
    }
  }

  has(proof: PullProof): boolean {
    return this.#proofs.has(proof)
  }

  record(proof: PullProof): void {
    this.#proofs.record(proof)
    this.#hasNews = true
    this.#saving ??= this.#save()
  }

  async settle(): Promise<void> {
    await this.#saving
  }

  /** Until nothing is new: what is recorded while the file is written goes with the next. */
  async #save(): Promise<void> {
    const { path, log } = this.#parts
    try {
      while (this.#hasNews) {
        this.#hasNews = false
        const kept = await readProofFile(path)
        if (kept?.key === this.#proofs.notes.key) this.#proofs.add(kept.recordedAt)
        await writeProofFile(path, this.#proofs.notes)
      }
    } catch (error) {
      const told = 'what this run was allowed to read could not be kept: the next asks the registries again'
      log.warn({ event: 'pull_proofs.unwritten', err: error }, told)
    } finally {
      this.#saving = undefined
    }
  }
}
