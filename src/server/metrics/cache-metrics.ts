import type { Registry } from 'prom-client'
import type { CacheActivity } from '../../cache/cache-activity.ts'
import type { Usage } from '../../cache/cache-admin.ts'
import { addCounter, addGauge } from './read-metric.ts'

export interface MeteredCache {
  activity(): CacheActivity
  /** Undefined while it cannot be told. */
  usage(): Usage | undefined
}

const ENDED = ['committed', 'passed', 'failed', 'stopped'] as const
const SIZES = {
  entrepot_storage_used_bytes: ['usedBytes', 'Verified content that is kept.'],
  entrepot_storage_reserved_bytes: ['reservedBytes', 'Promised to downloads that are running.'],
  entrepot_storage_max_bytes: ['maxBytes', 'What content may take: storage.maxSize.'],
  entrepot_storage_free_bytes: ['freeBytes', 'What the file system of the storage has left.'],
  entrepot_storage_min_free_bytes: ['minFreeBytes', 'What the file system must have left: storage.minFree.'],
} as const satisfies Record<string, readonly [keyof Usage, string]>

/** What is downloaded, kept and taken away. */
export function addCacheMetrics(registry: Registry, { activity, usage }: MeteredCache): void {
  const counter = (name: string, help: string, read: (now: CacheActivity) => number): void =>
    addCounter(registry, { name, help, read: () => [{ value: read(activity()) }] })
  counter('entrepot_fills_started_total', 'Downloads of blobs.', ({ fills }) => fills.started)
  counter(
    'entrepot_fills_resumed_total',
    'Downloads that were taken up again where they broke off.',
    ({ fills }) => fills.resumed,
  )
  counter(
    'entrepot_fills_joined_total',
    'Readers that followed a download somebody else had started.',
    ({ fills }) => fills.joined,
  )
  addCounter(registry, {
    name: 'entrepot_fills_ended_total',
    help: 'Downloads that are over: kept, passed on without being kept, failed, or stopped before the end.',
    labels: ['result'],
    read: () => ENDED.map((result) => ({ labels: { result }, value: activity().fills[result] })),
  })
  addGauge(registry, {
    name: 'entrepot_fills_running',
    help: 'Downloads that run or wait for their turn.',
    read: () => [{ value: activity().fillsRunning }],
  })
  counter('entrepot_evicted_images_total', 'Images that were taken away.', ({ evicted }) => evicted.images)
  counter('entrepot_evicted_blobs_total', 'Blobs that were taken away.', ({ evicted }) => evicted.blobs)
  counter('entrepot_evicted_bytes_total', 'What that made room for.', ({ evicted }) => evicted.bytes)
  addGauge(registry, {
    name: 'entrepot_storage_healthy',
    help: '1 while the storage takes what it is given; 0 while clients are served and nothing new is kept.',
    read: () => [{ value: activity().storageTrouble === undefined ? 1 : 0 }],
  })
  for (const [name, [key, help]] of Object.entries(SIZES)) {
    addGauge(registry, {
      name,
      help,
      read: () => {
        const told = usage()
        return told === undefined ? [] : [{ value: told[key] }]
      },
    })
  }
}
