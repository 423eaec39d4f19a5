import { DurationCounts } from '../../duration-counts.ts'
import type { OciRequest } from '../../oci/request.ts'

/** What a request was about; `other` for what no registry has. */
export const REQUEST_KINDS = ['manifest', 'blob', 'tags', 'referrers', 'ping', 'other'] as const
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** The way it came in; `none` for what could not be read. */
export const DOORS = ['group', 'mirror', 'none'] as const
export type DoorKind = (typeof DOORS)[number]

/**
 * How it ended: as the cache answered (see Outcome), or
 * - `answered`      without the cache: /v2/
 * - `unauthorized`  401, also the one that tells clients to log in
 * - `refused`       another error of the client's, 4xx
 * - `failed`        an error of ours or the upstream's, 5xx, or a reply that was cut off
 * - `abandoned`     the client left
 */
export const ENDINGS = [
  'hit',
  'miss',
  'revalidated',
  'updated',
  'stale',
  'skip',
  'answered',
  'unauthorized',
  'refused',
  'failed',
  'abandoned',
] as const
export type Ending = (typeof ENDINGS)[number]

/** One request that is over. */
export interface EndedRequest {
  /** Undefined: it could not be read. */
  readonly asked: OciRequest | undefined
  readonly ending: Ending
  readonly sentBytes: number
  readonly durationMs: number
}

/** Upper bounds in seconds: memory, disk, an upstream near and far, what people notice, and large blobs. */
export const DURATION_BOUNDS_S = [0.001, 0.01, 0.1, 0.5, 2, 10, 60, 300] as const

/** Those from the cache apart from those for which an upstream was asked. */
export const ORIGINS = ['cache', 'upstream'] as const
export type Origin = (typeof ORIGINS)[number]

/** What clients asked since the start, in plain numbers: every request comes here. */
export class Traffic {
  readonly #requests = new Float64Array(DOORS.length * REQUEST_KINDS.length * ENDINGS.length)
  readonly #sentBytes = new Float64Array(REQUEST_KINDS.length)
  readonly #durations: readonly DurationCounts[] = Array.from(
    { length: REQUEST_KINDS.length * ORIGINS.length },
    () => new DurationCounts(DURATION_BOUNDS_S),
  )

  note({ asked, ending, sentBytes, durationMs }: EndedRequest): void {
    const kind = REQUEST_KINDS.indexOf(asked?.kind ?? 'other')
    const at = cellOf(DOORS.indexOf(doorOf(asked)), kind, ENDINGS.indexOf(ending))
    this.#requests[at] = (this.#requests[at] ?? 0) + 1
    this.#sentBytes[kind] = (this.#sentBytes[kind] ?? 0) + sentBytes
    const origin = originOf(ending)
    if (origin !== undefined) this.#durationsOf(kind, origin).note(durationMs)
  }

  requests(door: DoorKind, kind: RequestKind, ending: Ending): number {
    const at = cellOf(DOORS.indexOf(door), REQUEST_KINDS.indexOf(kind), ENDINGS.indexOf(ending))
    return this.#requests[at] ?? 0
  }

  sentBytes(kind: RequestKind): number {
    return this.#sentBytes[REQUEST_KINDS.indexOf(kind)] ?? 0
  }

  /** Of what was answered well; refusals and failures say little of how fast we are. */
  durations(kind: RequestKind, origin: Origin): Omit<DurationCounts, 'note'> {
    return this.#durationsOf(REQUEST_KINDS.indexOf(kind), origin)
  }

  #durationsOf(kind: number, origin: Origin): DurationCounts {
    const durations = this.#durations[kind * ORIGINS.length + ORIGINS.indexOf(origin)]
    if (durations === undefined) throw new RangeError(`no kind ${kind}`)
    return durations
  }
}

function cellOf(door: number, kind: number, ending: number): number {
  return (door * REQUEST_KINDS.length + kind) * ENDINGS.length + ending
}

function doorOf(asked: OciRequest | undefined): DoorKind {
  if (asked === undefined) return 'none'
  return asked.kind === 'ping' ? asked.door.kind : asked.target.door.kind
}

/** @returns undefined for what was not answered by the cache */
function originOf(ending: Ending): Origin | undefined {
  switch (ending) {
    case 'hit':
      return 'cache'
    case 'miss':
    case 'revalidated':
    case 'updated':
    case 'stale':
    case 'skip':
      return 'upstream'
    default:
      return undefined
  }
}
