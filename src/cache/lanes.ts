import type { Clock } from '../clock.ts'
import { Bandwidth } from './bandwidth.ts'
import { FillSlots } from './fill-slots.ts'
import type { UpstreamPolicy } from './upstream-policy.ts'

/** Parts of blobs that are fetched at once from one upstream, beside the downloads of the whole. */
const MAX_SIDE_DOWNLOADS = 8

/** What the downloads from one upstream share. */
export interface Lane {
  readonly slots: FillSlots
  /** For parts that are fetched beside a download. Each takes one of `slots` as well. */
  readonly sideSlots: FillSlots
  /** Absent: as fast as it comes. */
  readonly bandwidth: Bandwidth | undefined
}

/** One lane per upstream, made when it is first used. */
export class Lanes {
  readonly #clock: Clock
  readonly #lanes = new Map<string, Lane>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of({ name, maxDownloads, bytesPerSecond }: UpstreamPolicy): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const bandwidth = bytesPerSecond === undefined ? undefined : new Bandwidth(bytesPerSecond, this.#clock)
    const lane = {
      slots: new FillSlots(maxDownloads),
      sideSlots: new FillSlots(MAX_SIDE_DOWNLOADS),
      bandwidth,
    }
    this.#lanes.set(name, lane)
    return lane
  }
}
