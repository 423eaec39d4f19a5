import type { Measurements } from '../peers/measure-peers.ts'
import type { PeerName } from '../peers/peer.ts'
import type { Row, Verdict } from '../question.ts'

export interface PeerFigures {
  readonly measured: string
  readonly spread: string
  readonly compared: string
  readonly toReach: string
  readonly verdict: Verdict | ''
}

/** One row per peer; one that is not installed says how to install it. */
export function peerRows<T>(
  question: string,
  measurements: Measurements<T>,
  figures: (name: PeerName, values: readonly T[]) => Partial<PeerFigures> & { readonly measured: string },
): Row[] {
  return [...measurements].map(([name, values]) => {
    const empty = { question, subject: name, spread: '', compared: '', toReach: '', verdict: '' } as const
    if ('missing' in values) return { ...empty, measured: `skipped: ${values.missing}` }
    return { ...empty, ...figures(name, values) }
  })
}

/** The values of one peer; empty when it is not installed, which makes ratios to it NaN. */
export function valuesOf<T>(measurements: Measurements<T>, name: PeerName): readonly T[] {
  const values = measurements.get(name)
  return values === undefined || 'missing' in values ? [] : values
}

/** A target against a peer that is not installed is neither reached nor missed. */
export function verdict(...reached: readonly (boolean | undefined)[]): Verdict | '' {
  if (reached.includes(false)) return 'missed'
  return reached.includes(undefined) ? '' : 'reached'
}

/** Undefined when the value could not be measured. */
export function atMost(value: number, limit: number): boolean | undefined {
  return Number.isNaN(value) ? undefined : value <= limit
}

/** Undefined when the value could not be measured. */
export function atLeast(value: number, limit: number): boolean | undefined {
  return Number.isNaN(value) ? undefined : value >= limit
}
