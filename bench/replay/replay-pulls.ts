import { ReplayImages } from '../../test/support/replay/images.ts'
import { type PullReport, pullImage } from '../../test/support/replay/pull.ts'
import { seededRandom, zipf } from '../../test/support/replay/random.ts'
import { Trouble } from '../../test/support/replay/trouble.ts'
import type { ScriptedUpstream } from '../../test/support/scripted-upstream.ts'

/** That pull at the same time. */
export const CLIENTS = 16

/** Images, how often each is asked for, and an upstream that breaks: the same pulls in every run with one seed. */
export class ReplayPulls {
  readonly images: ReplayImages
  readonly #next: () => number
  readonly #trouble: Trouble

  constructor(upstream: ScriptedUpstream, count: number, seed: number) {
    this.images = new ReplayImages(upstream, count, seededRandom(seed))
    const random = seededRandom(seed + 1)
    this.#next = zipf(count, random)
    this.#trouble = new Trouble(upstream, this.images, count, random)
  }

  /**
   * So many pulls, by all clients together.
   * @param prefix of every name: `replay.test/`, where the upstream is not the one of bare names
   */
  async pull(url: string, pulls: number, prefix = ''): Promise<readonly PullReport[]> {
    const reports: PullReport[] = []
    let begun = 0
    const client = async (): Promise<void> => {
      while (begun < pulls) {
        begun += 1
        this.#trouble.beforePull()
        reports.push(await pullImage(url, prefix + this.images.repository(this.#next())))
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, client))
    return reports
  }
}
