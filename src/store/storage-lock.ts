import { readFile, rm } from 'node:fs/promises'
import Database from 'better-sqlite3'
import { replaceFile } from '../replace-file.ts'
import { StorageInUseError } from './errors.ts'
import { storageTroubleOf } from './storage-error.ts'
import type { StorageLayout } from './storage-layout.ts'

/** Who owns a storage, for the message that the next one prints and for clients on this machine. */
export interface StorageOwner {
  readonly pid: number
  readonly url: string | undefined
}

/**
 * The right to write to a storage. It is an exclusive transaction on a database of its own: the operating
 * system ends it with the process, however that ends, and no stale lock is ever left behind.
 */
export class StorageLock {
  readonly #database: Database.Database
  readonly #layout: StorageLayout

  private constructor(database: Database.Database, layout: StorageLayout) {
    this.#database = database
    this.#layout = layout
  }

  /** @throws StorageInUseError */
  static async acquire(layout: StorageLayout): Promise<StorageLock> {
    const database = new Database(layout.lock, { timeout: 0 })
    try {
      // Nothing is ever written there: a journal on the disk would only need room.
      database.pragma('journal_mode = MEMORY')
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') throw error
      const owner = await readOwner(layout)
      throw new StorageInUseError(layout.root, { pid: owner?.pid, url: owner?.url })
    }
    const lock = new StorageLock(database, layout)
    try {
      await lock.#introduce()
      return lock
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** On a full disk the next who comes is told of nobody, rather than of whoever was here before. */
  async #introduce(): Promise<void> {
    try {
      await this.announce(undefined)
    } catch (error) {
      if (storageTroubleOf(error) === undefined) throw error
      await rm(this.#layout.owner, { force: true })
    }
  }

  /** Writes down who we are and where we can be reached. */
  async announce(url: string | undefined): Promise<void> {
    const owner: StorageOwner = { pid: process.pid, url }
    await replaceFile(this.#layout.owner, `${JSON.stringify(owner)}\n`)
  }

  async release(): Promise<void> {
    try {
      await rm(this.#layout.owner, { force: true })
    } finally {
      this.#database.close()
    }
  }
}

async function readOwner(layout: StorageLayout): Promise<Partial<StorageOwner> | undefined> {
  try {
    return JSON.parse(await readFile(layout.owner, 'utf8')) as Partial<StorageOwner>
  } catch {
    // It is being written just now, or cannot be read: the message does without.
    return undefined
  }
}
