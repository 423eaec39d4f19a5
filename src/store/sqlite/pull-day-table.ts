import type { Database, Statement, Transaction } from 'better-sqlite3'
import {
  type ImagePulls,
  type PullDay,
  type PullDayCatalog,
  type PullSums,
  REST,
} from '../pull-day-catalog.ts'

export interface PullDayRoom {
  readonly maxDays: number
  /** Of one day, without REST. */
  readonly maxImages: number
}

/** Some MB. */
const ROOM: PullDayRoom = { maxDays: 90, maxImages: 500 }

const SUMS = `
  coalesce(sum(pulls), 0) AS pulls, coalesce(sum(hits), 0) AS hits, coalesce(sum(saved_pulls), 0) AS savedPulls,
  coalesce(sum(bytes), 0) AS bytes, coalesce(sum(saved_bytes), 0) AS savedBytes,
  coalesce(sum(upstream_requests), 0) AS upstreamRequests`

export class PullDayTable implements PullDayCatalog {
  readonly #sum: Statement<[number], PullSums>
  readonly #listTop: Statement<[number, number], ImagePulls>
  readonly #add: Transaction<(days: readonly PullDay[]) => void>

  constructor(database: Database, { maxDays, maxImages }: PullDayRoom = ROOM) {
    this.#sum = database.prepare(`SELECT ${SUMS} FROM pull_day WHERE day >= ?`)
    this.#listTop = database.prepare(`
      SELECT image, ${SUMS} FROM pull_day WHERE day >= ? AND image <> '${REST}'
      GROUP BY image ORDER BY pulls DESC, image LIMIT ?`)
    const hasRoom = database
      .prepare<[number, string, number], number>(
        `SELECT EXISTS (SELECT 1 FROM pull_day WHERE day = ? AND image = ?)
           OR (SELECT count(*) FROM pull_day WHERE day = ? AND image <> '${REST}') < ${maxImages}`,
      )
      .pluck()
    const add = database.prepare<PullDay>(`
      INSERT INTO pull_day VALUES (:day, :image, :pulls, :hits, :savedPulls, :bytes, :savedBytes, :upstreamRequests)
      ON CONFLICT (day, image) DO UPDATE SET
        pulls = pulls + excluded.pulls, hits = hits + excluded.hits,
        saved_pulls = saved_pulls + excluded.saved_pulls, bytes = bytes + excluded.bytes,
        saved_bytes = saved_bytes + excluded.saved_bytes,
        upstream_requests = upstream_requests + excluded.upstream_requests`)
    // By their number, not by today: a clock that was wrong once would take everything away.
    const forget = database.prepare(`
      DELETE FROM pull_day
      WHERE day <= (SELECT DISTINCT day FROM pull_day ORDER BY day DESC LIMIT 1 OFFSET ${maxDays})`)
    this.#add = database.transaction((days) => {
      for (const each of days) {
        const fits = hasRoom.get(each.day, each.image, each.day) === 1
        add.run(fits ? each : { ...each, image: REST })
      }
      forget.run()
    })
  }

  async add(days: readonly PullDay[]): Promise<void> {
    this.#add.immediate(days)
  }

  async sum(sinceDay: number): Promise<PullSums> {
    const sums = this.#sum.get(sinceDay)
    if (sums === undefined) throw new Error('a sum has one row')
    return sums
  }

  async listTop(sinceDay: number, limit: number): Promise<readonly ImagePulls[]> {
    return this.#listTop.all(sinceDay, limit)
  }
}
