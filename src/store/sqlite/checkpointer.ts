import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Database } from 'better-sqlite3'

/**
 * Pages in the log that are worth a checkpoint, 16 MiB. Fewer mean more waiting for the disk, more make reading
 * slower: https://www.sqlite.org/walformat.html has one hash table for each 4,096 of them.
 */
const CHECKPOINT_PAGES = 4_000

/** Here SQLite checkpoints by itself, in the middle of a write: the log stays bounded when the thread fails. */
const LAST_RESORT_PAGES = 16_000

const LOOK_EVERY_MS = 1_000

/** A disk that is so slow holds up nobody longer; the log grows meanwhile, up to the last resort. */
const MAX_SETTLE_MS = 10_000

/** A checkpoint that is under way is waited for; after this the thread is ended. */
const MAX_CLOSE_MS = 10_000

const THREAD = new URL('./checkpoint-thread.js', import.meta.url)

interface Log {
  /** Pages in it. */
  readonly log: number
}

/**
 * Takes what was written ahead over into the database, on a thread of its own. A checkpoint waits for the disk
 * two or three times, and SQLite would do it within whichever write comes next. The thread is started when there
 * is something to do. A checkpoint that fails is tried again: nothing is lost by it but room.
 */
export class Checkpointer {
  readonly #database: Database
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  #thread: Worker | undefined
  #running: Promise<void> | undefined
  #hasFailed = false
  #onAnswer: (isDone: boolean) => void = () => {}

  /** @param path of the database, which writes ahead */
  constructor(database: Database, path: string) {
    this.#database = database
    this.#path = path
    database.pragma(`wal_autocheckpoint = ${LAST_RESORT_PAGES}`)
    this.#timer = setInterval(() => {
      this.#hasFailed = false
      this.#look()
    }, LOOK_EVERY_MS).unref()
  }

  /**
   * Resolves when no checkpoint is due or under way. The log can begin anew only while nobody writes, and whoever
   * writes at that moment waits for the disk.
   */
  async settle(): Promise<void> {
    this.#look()
    if (this.#running === undefined) return
    const settled = new AbortController()
    const late = delay(MAX_SETTLE_MS, undefined, { signal: settled.signal }).catch(() => {})
    await Promise.race([this.#running, late])
    settled.abort()
  }

  /** Waits for what is under way. Before the database is closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const thread = this.#thread
    if (thread === undefined) return
    thread.ref()
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    thread.postMessage('close')
    const late = setTimeout(() => void thread.terminate(), MAX_CLOSE_MS)
    await ended
    clearTimeout(late)
  }

  /** Begins a checkpoint when one is due. */
  #look(): void {
    if (this.#running !== undefined || this.#hasFailed) return
    const [now] = this.#database.pragma('wal_checkpoint(NOOP)') as Log[]
    if (now === undefined || now.log < CHECKPOINT_PAGES) return
    this.#running = this.#checkpoint().then((isDone) => {
      this.#running = undefined
      this.#hasFailed = !isDone
    })
  }

  /** @returns whether it could be done */
  async #checkpoint(): Promise<boolean> {
    const thread = this.#thread ?? this.#start()
    // Alone it keeps no process alive, but whoever waits for it must not be left waiting.
    thread.ref()
    const isDone = await new Promise<boolean>((resolve) => {
      this.#onAnswer = resolve
      thread.postMessage('checkpoint')
    })
    thread.unref()
    return isDone
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { workerData: { path: this.#path } })
    this.#thread = thread
    thread.on('message', (isDone: boolean) => this.#onAnswer(isDone))
    // An exit follows, which is enough to know.
    thread.once('error', () => {})
    thread.once('exit', () => {
      this.#thread = undefined
      this.#onAnswer(false)
    })
    return thread
  }
}
