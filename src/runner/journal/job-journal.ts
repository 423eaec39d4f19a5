import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, type Owner } from '../../executor/docker/owner.ts'
import { fileErrorCode } from '../../file-error.ts'
import type { JobTicket } from '../protocol/job-calls.ts'
import { readTicket } from '../read-ticket.ts'
import type { FinalUpdate } from '../trace-sender.ts'

/** A server would have ended the job long before; what nobody could tell by then is told to nobody. */
const LONGEST_KEPT_MS = 24 * 60 * 60_000

const TICKET_FILE = 'ticket.json'
const TRACE_FILE = 'trace.log'

/** What it takes to tell a server of a job, also for another process. */
export interface JournalRecord {
  readonly ticket: JobTicket
  /** The `url` of the server, as in config.toml. */
  readonly url: string
  /** How the job ended, where that is known. */
  readonly end?: FinalUpdate
}

/** A job that runs. */
export interface JournalEntry extends Disposable {
  /** Of its log, which whoever gets this writes. */
  readonly traceFile: string
  /** The server could not be told how it ended: a later start tells it. */
  keep(end: FinalUpdate): void
}

/** A job of a process that is gone. */
export interface LeftJob {
  readonly record: JournalRecord
  /** May be missing. */
  readonly traceFile: string
  /** It could not be told this time either. */
  keep(end: FinalUpdate): Promise<void>
  remove(): Promise<void>
}

/**
 * Which jobs run, on disk, so that a server can be told of them after a crash. A directory for each process, in it
 * one for each job: its ticket, which is secret, and its log. Readable by this user only.
 */
export class JobJournal implements AsyncDisposable {
  readonly #directory: string
  readonly #owner: Owner
  readonly #own: string

  private constructor(directory: string, owner: Owner) {
    this.#directory = directory
    this.#owner = owner
    this.#own = join(directory, nameOf(owner))
  }

  /** @param directory made when it is not there; processes may share it */
  static async open(directory: string, owner: Owner): Promise<JobJournal> {
    const journal = new JobJournal(directory, owner)
    await mkdir(journal.#own, { recursive: true, mode: 0o700 })
    return journal
  }

  /** Before the job runs. @throws Error of the file system */
  begin(record: JournalRecord): JournalEntry {
    const place = join(this.#own, `${record.ticket.id}-${randomBytes(4).toString('hex')}`)
    mkdirSync(place, { mode: 0o700 })
    const write = (told: JournalRecord) =>
      writeFileSync(join(place, TICKET_FILE), JSON.stringify(told), { mode: 0o600 })
    write(record)
    let isKept = false
    return {
      traceFile: join(place, TRACE_FILE),
      keep: (end) => {
        isKept = true
        write({ ...record, end })
      },
      [Symbol.dispose]: () => {
        if (!isKept) rmSync(place, { recursive: true, force: true })
      },
    }
  }

  /** Jobs of processes that are gone. What is of no use any more is removed. */
  async left(now: number): Promise<readonly LeftJob[]> {
    const left: LeftJob[] = []
    for (const name of await readdir(this.#directory)) {
      const process = join(this.#directory, name)
      if (await this.#lives(name)) continue
      for (const job of await readdir(process)) {
        const found = await readLeft(join(process, job), now)
        if (found === undefined) await rm(join(process, job), { recursive: true, force: true })
        else left.push(found)
      }
      await removeEmpty(process)
    }
    return left
  }

  /** What is kept for a later start stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeEmpty(this.#own)
  }

  /** Or may: of another machine's processes nothing can be told. */
  async #lives(name: string): Promise<boolean> {
    const owner = ownerIn(name)
    if (owner === undefined || owner.hostId !== this.#owner.hostId) return true
    return name === nameOf(this.#owner) || (await isAlive(owner))
  }
}

async function readLeft(place: string, now: number): Promise<LeftJob | undefined> {
  const ticketFile = join(place, TICKET_FILE)
  try {
    const record = readRecord(JSON.parse(await readFile(ticketFile, 'utf8')))
    const { mtimeMs } = await stat(place)
    if (record === undefined || now - mtimeMs > LONGEST_KEPT_MS) return undefined
    return {
      record,
      traceFile: join(place, TRACE_FILE),
      keep: async (end) => writeFileSync(ticketFile, JSON.stringify({ ...record, end }), { mode: 0o600 }),
      remove: async () => {
        await rm(place, { recursive: true, force: true })
        await removeEmpty(join(place, '..'))
      },
    }
  } catch (error) {
    // It crashed before the ticket was there: the job had not begun.
    if (error instanceof SyntaxError || fileErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Written by us, perhaps in the moment of a crash. */
function readRecord(told: unknown): JournalRecord | undefined {
  if (typeof told !== 'object' || told === null || !('ticket' in told) || !('url' in told)) return undefined
  const ticket = readTicket(told.ticket)
  if (ticket === undefined || typeof told.url !== 'string') return undefined
  const end = 'end' in told ? (told.end as FinalUpdate) : undefined
  return { ticket, url: told.url, ...(end !== undefined && { end }) }
}

/** A path of its own for every process, also one that got the pid of an earlier one. */
function nameOf({ hostId, pid, startedAt }: Owner): string {
  return [hostId, pid, encodeURIComponent(startedAt)].join(',')
}

function ownerIn(name: string): Owner | undefined {
  const [hostId, pid, startedAt] = name.split(',')
  if (hostId === undefined || startedAt === undefined || !/^\d+$/.test(pid ?? '')) return undefined
  return { hostId, pid: Number(pid), startedAt: decodeURIComponent(startedAt) }
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory)
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT' && !isFull(error)) throw error
  }
}

function isFull(error: unknown): boolean {
  const code = fileErrorCode(error)
  return code === 'ENOTEMPTY' || code === 'EEXIST'
}
