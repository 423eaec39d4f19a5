/** What the downloads of blobs came to, since the start. */
export interface FillCounts {
  started: number
  /** Taken up again where they were: after they broke off, or after a restart. */
  resumed: number
  /** Readers that joined one that was running. */
  joined: number
  /** In the store. */
  committed: number
  /** Passed to whoever reads them, without being kept. */
  passed: number
  failed: number
  /** Stopped before their end: nobody read them any more, or the server went down. */
  stopped: number
}

/** What was taken away, for room, for its age or by command, since the start. */
export interface EvictionCounts {
  images: number
  blobs: number
  bytes: number
}

/** What a cache did and does, for those who watch it. Sizes are bytes. */
export interface CacheActivity {
  readonly fills: Readonly<FillCounts>
  readonly fillsRunning: number
  readonly evicted: Readonly<EvictionCounts>
  /** What the storage fails with; undefined while it takes what it is given. */
  readonly storageTrouble: 'full' | 'failing' | 'read-only' | undefined
}
