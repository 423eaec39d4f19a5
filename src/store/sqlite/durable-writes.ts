import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'

/**
 * Writes that a power failure does not undo. What the catalog knows of content can be asked again; who was shut
 * out, and which secrets were given away, cannot.
 *
 * SQLite would wait for the disk in the middle of the program (`synchronous = FULL`). Instead it commits as always,
 * and the log that it wrote ahead is forced onto the disk behind its back: what is in there is kept, and what was
 * taken over into the database meanwhile was forced there before (https://www.sqlite.org/wal.html). One wait for
 * the disk serves all who wrote before it began.
 */
export class DurableWrites {
  readonly #database: Database
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  /** SQLite keeps one file as long as the database is open, and begins it anew in its place. */
  #log: FileHandle | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Others see what `work` wrote before it is durable. */
  async run<T>(work: () => T): Promise<T> {
    const result = this.#database.transaction(work).immediate()
    if (!this.#database.memory) await this.#sync()
    return result
  }

  #sync(): Promise<void> {
    this.#next ??= this.#syncAfter(this.#running)
    return this.#next
  }

  async #syncAfter(earlier: Promise<void>): Promise<void> {
    await earlier.catch(() => undefined)
    this.#running = this.#next ?? earlier
    this.#next = undefined
    if (this.#log !== undefined) return this.#log.datasync()
    this.#log = await openNamed(`${this.#database.name}-wal`)
  }

  /** After the last write, and before the database is closed. */
  async close(): Promise<void> {
    await this.#next?.catch(() => undefined)
    await this.#running.catch(() => undefined)
    await this.#log?.close()
    this.#log = undefined
  }
}

/** Forces a file to the disk, and that it is there: it is a new one of this start. */
async function openNamed(path: string): Promise<FileHandle> {
  const file = await open(path, 'r')
  try {
    await file.sync()
    await forceToDisk(dirname(path))
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function forceToDisk(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
