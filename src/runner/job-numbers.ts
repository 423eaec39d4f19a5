/** What sets one job apart from those that run beside it. Free again when it is disposed of. */
export interface NumberedJob extends Disposable {
  /** The lowest from 0 that no other job of its project has on the runner. */
  readonly slot: number
  /** The lowest from 0 that no other job of the runner has. */
  readonly runnerSlot: number
}

interface Running {
  readonly token: string
  readonly projectId: number
  readonly slot: number
  readonly runnerSlot: number
}

/**
 * Numbers jobs as GitLab Runner does: by runner, and by project. Directories and cache volumes are named after the
 * number in the project, so the next job finds those of the last.
 */
export class JobNumbers {
  readonly #running = new Set<Running>()

  /** @param token of the runner: one that stands in config.toml twice is one. Secret */
  take(token: string, projectId: number): NumberedJob {
    const ofRunner = [...this.#running].filter((job) => job.token === token)
    const ofProject = ofRunner.filter((job) => job.projectId === projectId)
    const slot = lowestFree(ofProject.map((job) => job.slot))
    const runnerSlot = lowestFree(ofRunner.map((job) => job.runnerSlot))
    const job = { token, projectId, slot, runnerSlot }
    this.#running.add(job)
    return { slot, runnerSlot, [Symbol.dispose]: () => void this.#running.delete(job) }
  }
}

function lowestFree(taken: readonly number[]): number {
  let number = 0
  while (taken.includes(number)) number += 1
  return number
}
