import type { TraceWriter } from '../../executor.ts'
import type { Choice, FileSelection, SelectionOrder } from './file-selection.ts'

/** How many files each part of a selection found, for the job's log. */
export class SelectionCount {
  readonly #order: SelectionOrder
  readonly #selection: FileSelection
  readonly #found = new Map<number, number>()
  readonly #excluded = new Map<number, number>()
  #untracked = 0
  #selected = 0

  constructor(order: SelectionOrder, selection: FileSelection) {
    this.#order = order
    this.#selection = selection
  }

  /** How many are selected altogether. */
  get selected(): number {
    return this.#selected
  }

  /** @returns whether it is selected */
  add({ isSelected, byPaths, isUntracked, byExclude }: Choice): boolean {
    if (byExclude !== undefined) increase(this.#excluded, byExclude)
    if (!isSelected) return false
    for (const index of byPaths) increase(this.#found, index)
    if (isUntracked) this.#untracked += 1
    this.#selected += 1
    return true
  }

  /** In GitLab Runner's words. */
  tell(trace: TraceWriter, isUntrackedWanted: boolean): void {
    const { paths, exclude, projectDirectory } = this.#order
    for (const [index, path] of paths.entries()) {
      const found = this.#found.get(index) ?? 0
      if (!this.#selection.follows(index)) continue
      if (found > 0) trace.line(`${path}: found ${found} matching artifact files and directories`)
      else
        trace.warn(
          `${path}: no matching files. Ensure that the artifact path is relative to the working directory (${projectDirectory})`,
        )
    }
    if (isUntrackedWanted) {
      if (this.#untracked > 0) trace.line(`untracked: found ${this.#untracked} files`)
      else trace.warn('untracked: no files')
    }
    for (const [index, count] of this.#excluded) trace.line(`${exclude[index]}: excluded ${count} files`)
  }
}

function increase(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
