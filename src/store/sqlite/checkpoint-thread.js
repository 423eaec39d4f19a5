import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/**
 * Runs beside a catalog, see checkpointer.ts. It is JavaScript because a thread is started from a file that
 * Node reads by itself, whatever runs the rest of the program.
 *
 * @typedef {{ readonly busy: number, readonly log: number, readonly checkpointed: number }} Passed
 */

/** The other side holds the catalog for one statement at a time. */
const BUSY_TIMEOUT_MS = 1_000

/** What is written meanwhile is less each time; what is still left then has to wait for the next request. */
const MAX_PASSES = 4

const database = new Database(workerData.path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
database.pragma('synchronous = NORMAL')
database.pragma('wal_autocheckpoint = 0')

// A write, of what is there already: it is the first in the log when everything before it was taken over, so
// that the sync of the log's new head is waited for here.
const beginAnew = database.transaction(() => {
  const version = database.pragma('user_version', { simple: true })
  database.pragma(`user_version = ${version}`)
})

function checkpoint() {
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    // PASSIVE never holds up those who write.
    const [done] = /** @type {Passed[]} */ (database.pragma('wal_checkpoint(PASSIVE)'))
    if (done === undefined || done.busy !== 0) return
    if (done.checkpointed === done.log) return beginAnew.immediate()
  }
}

parentPort?.on('message', (request) => {
  if (request === 'close') {
    database.close()
    parentPort?.close()
    return
  }
  try {
    checkpoint()
    parentPort?.postMessage(true)
  } catch {
    // SQLite passes over it too when it checkpoints by itself: a later one does what this one could not.
    parentPort?.postMessage(false)
  }
})
