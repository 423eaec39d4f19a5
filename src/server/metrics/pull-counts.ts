import type { Registry } from 'prom-client'
import type { Outcome } from '../../cache/outcome.ts'
import type { EndedPull } from '../open-pull.ts'
import { addCounter } from './read-metric.ts'

const OUTCOMES = [
  'hit',
  'revalidated',
  'stale',
  'updated',
  'miss',
  'skip',
] as const satisfies readonly Outcome[]

/** Pulls that are over, since the start. */
export class PullCounts {
  readonly #counts: Record<Outcome, number> = {
    hit: 0,
    revalidated: 0,
    stale: 0,
    updated: 0,
    miss: 0,
    skip: 0,
  }

  note({ outcome }: EndedPull): void {
    this.#counts[outcome] += 1
  }

  addTo(registry: Registry): void {
    addCounter(registry, {
      name: 'entrepot_pulls_total',
      help: 'Images that one client pulled, each with all its manifests and blobs, by the dearest outcome among them.',
      labels: ['outcome'],
      read: () => OUTCOMES.map((outcome) => ({ labels: { outcome }, value: this.#counts[outcome] })),
    })
  }
}
