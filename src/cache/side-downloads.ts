import type { Log } from '../log.ts'
import type { HeldIngest } from '../store/ingest.ts'
import type { RangeReader } from '../streams/range-reader.ts'
import type { PullTarget } from './access.ts'
import { isFarAhead } from './far-ahead.ts'
import type { Fill } from './fill.ts'
import type { Lanes } from './lanes.ts'
import { SideDownload } from './side-download.ts'
import { SideRange } from './side-range.ts'

/** Parts of one blob that are fetched at once. */
const MAX_PER_BLOB = 4

/** What all parts of a blob may cost beside its download, as a share of its size: nobody has it fetched anew. */
const MAX_SHARE = 0.5

/** What a request costs at least, however little it asks for. */
const MIN_COST_BYTES = 64 * 1024

/** What the side downloads of one fill have cost. */
interface Account {
  running: number
  spentBytes: number
  /** The upstream did not answer with a part: it is not asked for another. */
  refused: boolean
}

/** Reads from downloads that are running, and asks the upstream beside them for what is far ahead. */
export class SideDownloads {
  readonly #lanes: Lanes
  readonly #log: Log
  readonly #accounts = new WeakMap<Fill, Account>()

  constructor(lanes: Lanes, log: Log) {
    this.#lanes = lanes
    this.#log = log
  }

  /**
   * Reads `fill`, for a reader who may have its content.
   * @param end exclusive; absent: the reader named none
   */
  read(target: PullTarget, fill: Fill, held: HeldIngest, start: number, end?: number): RangeReader {
    const { totalBytes, digest, ingest } = fill
    const { growth } = ingest
    const far = isFarAhead({ start, end, writtenBytes: growth.writtenBytes, totalBytes })
    if (!far || end === undefined || totalBytes === undefined) return held.read(start, end ?? totalBytes)
    const account = this.#accountOf(fill)
    const release = this.#admit(target, account, { costBytes: end - start, totalBytes })
    if (release === undefined) return held.read(start, end)
    const { bandwidth } = this.#lanes.of(target.policy)
    const side = new SideDownload({ target, digest, start, end, totalBytes }, bandwidth, release)
    const about = { upstream: target.policy.name, digest, start, end }
    this.#log.debug({ event: 'range.asked', ...about }, 'a part far ahead of its download is asked for')
    return new SideRange({
      held,
      growth,
      side,
      start,
      end,
      onTrouble: (error) => {
        account.refused = true
        this.#log.debug({ event: 'range.failed', ...about, code: error.code }, error.message)
      },
    })
  }

  /** Takes places and bytes, when there are some. Returns what gives the places back. */
  #admit(
    target: PullTarget,
    account: Account,
    { costBytes, totalBytes }: { costBytes: number; totalBytes: number },
  ): (() => void) | undefined {
    const spentBytes = account.spentBytes + Math.max(costBytes, MIN_COST_BYTES)
    if (account.refused || account.running >= MAX_PER_BLOB) return undefined
    if (spentBytes > totalBytes * MAX_SHARE) return undefined
    const { slots, sideSlots } = this.#lanes.of(target.policy)
    if (!sideSlots.tryAcquire()) return undefined
    if (!slots.tryAcquire()) {
      sideSlots.release()
      return undefined
    }
    account.running += 1
    account.spentBytes = spentBytes
    return () => {
      account.running -= 1
      slots.release()
      sideSlots.release()
    }
  }

  #accountOf(fill: Fill): Account {
    const known = this.#accounts.get(fill)
    if (known !== undefined) return known
    const account = { running: 0, spentBytes: 0, refused: false }
    this.#accounts.set(fill, account)
    return account
  }
}
