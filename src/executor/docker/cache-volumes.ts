import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { type CacheBounds, type SharedCache, surplusCaches } from '../stages/caches/surplus-caches.ts'
import { isEngineError } from './engine-error.ts'
import { isCacheVolumeOf } from './labels.ts'
import type { VolumeUses } from './volume-uses.ts'
import type { Volumes, VolumeUsage } from './volumes.ts'

/** An engine reads the size of every file for one look. */
const EVERY_MS = 10 * 60_000
/** What is noted for a volume that is just being made is not forgotten. */
const FORGET_AFTER_MS = 60 * 60_000
/** Who runs one short job after the other would never see the end of it otherwise. */
const CLOSE_GRACE_MS = 10_000

interface CacheVolume extends SharedCache {
  readonly name: string
}

export interface CacheVolumesParts {
  readonly volumes: Volumes
  readonly uses: VolumeUses
  readonly bounds: CacheBounds
  /** Of the runner: volumes with it are ours, also when their last use is not noted any more. */
  readonly systemId: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * Keeps the volumes that outlive jobs within their bounds. What a job uses is noted in files, since engines do not;
 * whoever shares the files shares the bounds, and the narrowest count. Nothing here fails a job.
 */
export class CacheVolumes {
  readonly #parts: CacheVolumesParts
  readonly #closing = new AbortController()
  #evicting: Promise<void> | undefined

  constructor(parts: CacheVolumesParts) {
    this.#parts = parts
  }

  /** To be told before they are made, and when the job is over. */
  async noteUse(names: readonly string[]): Promise<void> {
    const { uses, clock, log } = this.#parts
    try {
      for (const name of names) await uses.note(name, clock.now())
    } catch (error) {
      const told = 'the use of cache volumes could not be noted: they may be removed early'
      log.warn({ event: 'cache_volumes.not_noted', err: error }, told)
    }
  }

  /** In the background, where nobody has done it for ten minutes. */
  evict(): void {
    if (this.#closing.signal.aborted) return
    this.#evicting ??= this.#evictInTurn().finally(() => {
      this.#evicting = undefined
    })
  }

  /** Waits a moment for what goes on in the background, then breaks it off. */
  async close(): Promise<void> {
    if (this.#evicting !== undefined) {
      const isOver = new AbortController()
      const evicting = this.#evicting.finally(() => isOver.abort())
      const sleeping = this.#parts.clock.sleep(CLOSE_GRACE_MS, isOver.signal).catch(() => {})
      await Promise.race([evicting, sleeping])
    }
    this.#closing.abort(new Error('the executor is being closed'))
    await this.#evicting
  }

  async #evictInTurn(): Promise<void> {
    const { uses, bounds, clock, log } = this.#parts
    const turn = `${bounds.maxBytes}-${bounds.maxAgeMs ?? 'any'}`
    try {
      if (await uses.takeTurn(turn, { everyMs: EVERY_MS, nowMs: clock.now() })) await this.#evictNow()
    } catch (error) {
      if (this.#closing.signal.aborted) return
      const told = 'cache volumes could not be kept within cache_max_size and cache_keep: tried again later'
      log.warn({ event: 'cache_volumes.not_evicted', err: error }, told)
    }
  }

  async #evictNow(): Promise<void> {
    const { volumes, uses, bounds, clock, log } = this.#parts
    const { signal } = this.#closing
    const usages = await volumes.usages({ signal })
    const lookedAt = clock.now()
    const surplus = surplusCaches(await this.#known(usages), bounds, lookedAt)
    const removed: CacheVolume[] = []
    for (const volume of surplus) {
      signal.throwIfAborted()
      // A job has begun with it meanwhile.
      if (((await uses.at(volume.name)) ?? lookedAt) > volume.usedAtMs) continue
      if (!(await this.#remove(volume.name))) continue
      await uses.forget(volume.name)
      removed.push(volume)
    }
    if (removed.length === 0) return
    const bytes = removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const names = removed.map(({ name }) => name)
    const event = { event: 'cache_volumes.evicted', volumes: names, bytes }
    log.info(event, 'cache volumes that were not used for long are removed')
  }

  /** Ours among them. What was never noted counts from now on; what is noted and gone is forgotten. */
  async #known(usages: readonly VolumeUsage[]): Promise<readonly CacheVolume[]> {
    const { uses, systemId, clock } = this.#parts
    const noted = await uses.list()
    const now = clock.now()
    const known: CacheVolume[] = []
    for (const { name, labels, sizeBytes, isInUse } of usages) {
      const usedAtMs = noted.get(name)
      if (usedAtMs === undefined && !isCacheVolumeOf(labels, systemId)) continue
      if (usedAtMs === undefined) await uses.note(name, now)
      known.push({ name, sizeBytes, isInUse, usedAtMs: usedAtMs ?? now })
    }
    const present = new Set(usages.map(({ name }) => name))
    for (const [name, usedAtMs] of noted) {
      if (!present.has(name) && now - usedAtMs > FORGET_AFTER_MS) await uses.forget(name)
    }
    return known
  }

  /** The engine removes none that a container has. */
  async #remove(name: string): Promise<boolean> {
    try {
      await this.#parts.volumes.remove(name, { signal: this.#closing.signal })
      return true
    } catch (error) {
      if (isEngineError(error, 'CONFLICT')) return false
      throw error
    }
  }
}
