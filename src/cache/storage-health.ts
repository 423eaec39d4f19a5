import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { isStillAhead } from '../still-ahead.ts'
import { type StorageTrouble, storageTroubleOf } from '../store/storage-error.ts'

/** So long nothing but one download at a time tries whether the storage takes anything again. */
export const PROBE_MS = 10_000

/** A storage that is full now and then is told of this often at most. */
const SAY_AGAIN_MS = 10 * 60 * 1000

const WHAT_TO_DO: Record<StorageTrouble['kind'], string> = {
  full: 'the storage is full: clients are still served, but nothing new is kept; remove other files, or give it more room',
  failing:
    'the storage reports errors: clients are still served, but nothing new is kept; look at the device and the system log',
  'read-only':
    'the storage cannot be written: clients are still served, but nothing new is kept; look at its mount and permissions',
}

/**
 * What could not be stored is answered from memory for so long, and then asked for again: that spares the
 * upstream, and what is stored late is stored all the same.
 */
export const UNSTORED_MS = 60_000

/** Whether the storage takes what is given to it. Known from what was tried: nothing is tried for its own sake. */
export class StorageHealth {
  readonly #clock: Clock
  readonly #log: Log
  readonly #onFull: () => void
  #trouble: StorageTrouble | undefined
  #probeAt = 0
  #saidAt: number | undefined

  /** @param onFull called when there was no room for something, once per trouble */
  constructor(clock: Clock, log: Log, onFull: () => void = () => {}) {
    this.#clock = clock
    this.#log = log
    this.#onFull = onFull
  }

  /** What is wrong now, as far as we know. */
  get trouble(): StorageTrouble | undefined {
    return this.#trouble
  }

  /** Takes note of an error. False: it is not about the storage, and somebody else's to handle. */
  met(error: unknown): boolean {
    const trouble = storageTroubleOf(error)
    if (trouble === undefined) return false
    const now = this.#clock.now()
    const isNew = this.#trouble === undefined
    this.#trouble = trouble
    this.#probeAt = now + PROBE_MS
    if (isNew && trouble.kind === 'full') this.#onFull()
    if (isNew && (this.#saidAt === undefined || Math.abs(now - this.#saidAt) >= SAY_AGAIN_MS)) {
      this.#saidAt = now
      const event = trouble.kind === 'full' ? 'storage.full' : 'storage.failing'
      this.#log.error({ event, ...trouble, err: error }, WHAT_TO_DO[trouble.kind])
    }
    return true
  }

  /** Whether something new should be stored. In trouble one is let through now and then, to see. */
  admits(): boolean {
    if (this.#trouble === undefined) return true
    const now = this.#clock.now()
    if (isStillAhead(this.#probeAt, now, PROBE_MS)) return false
    this.#probeAt = now + PROBE_MS
    return true
  }

  /** Something was stored. */
  worked(): void {
    if (this.#trouble === undefined) return
    this.#trouble = undefined
    this.#log.info({ event: 'storage.recovered' }, 'the storage takes new content again')
  }

  /**
   * A read without which the upstream can be asked. Undefined, in trouble, as for what is not here: it is passed
   * through then, since nothing new is stored meanwhile.
   * @throws what is not about the storage
   */
  async read<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      if (!this.met(error)) throw error
      return undefined
    }
  }

  /**
   * A write whose result is wished for, not needed. False: it was not possible.
   * @throws what is not about the storage
   */
  async try(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write()
      return true
    } catch (error) {
      if (!this.met(error)) throw error
      return false
    }
  }
}
