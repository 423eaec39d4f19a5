import { open } from 'node:fs/promises'
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
  #isNamed = false

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
    await forceToDisk(`${this.#database.name}-wal`)
    if (this.#isNamed) return
    // The log is a new file of this start.
    await forceToDisk(dirname(this.#database.name))
    this.#isNamed = true
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
