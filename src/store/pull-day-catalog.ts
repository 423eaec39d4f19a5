/** What was pulled of one image on one day. */
export interface PullDay extends PullSums {
  /** Days since the epoch, in UTC. */
  readonly day: number
  /** Canonical name; REST for those beyond the most that a day has room for. */
  readonly image: string
}

export interface PullSums {
  readonly pulls: number
  /** Pulls for which nothing was fetched. */
  readonly hits: number
  /** Pulls for which the upstream gave no manifest: it did not count them. */
  readonly savedPulls: number
  /** What clients were sent. */
  readonly bytes: number
  /** Of those, what was not fetched for them. */
  readonly savedBytes: number
  readonly upstreamRequests: number
}

export interface ImagePulls extends PullSums {
  readonly image: string
}

/** The images that a day has no room for, together. */
export const REST = '*'

/** What was pulled, by day and image. Bounded: old days go, and images beyond a number are put together. */
export interface PullDayCatalog {
  /** Adds to what is there, all of it or nothing. */
  add(days: readonly PullDay[]): Promise<void>
  /** @param sinceDay the first day that counts */
  sum(sinceDay: number): Promise<PullSums>
  /** Those pulled most often first. REST is none of them. */
  listTop(sinceDay: number, limit: number): Promise<readonly ImagePulls[]>
}
