import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RemoteFileError, type RemoteFiles } from '../../pipeline/load/remote-files.ts'
import { makeStateRoot } from '../../pipeline/run/state-root.ts'
import type { EnvironmentProxy } from '../../proxy-choice.ts'
import { redactUrl } from '../../redact.ts'
import { replaceFile } from '../../replace-file.ts'

const DEADLINE_MS = 10_000
/** More than any pipeline includes; the oldest go. */
const MAX_COPIES = 200

interface Copy {
  readonly etag: string | undefined
  readonly text: string
  readonly keptAt: Date
}

/**
 * Files of `include:remote`, with a copy of each in `.entrepot/includes`: read without asking when it is what
 * `integrity` says, and when the server cannot be reached, which is noted.
 */
export class RemoteIncludes implements RemoteFiles {
  readonly #project: string
  readonly #proxy: EnvironmentProxy
  readonly #notes: string[] = []
  readonly #deadlineMs: number

  /** @param project its top directory */
  constructor(project: string, proxy: EnvironmentProxy, deadlineMs = DEADLINE_MS) {
    this.#project = project
    this.#proxy = proxy
    this.#deadlineMs = deadlineMs
  }

  /** What a person should know, as sentences. */
  get notes(): readonly string[] {
    return this.#notes
  }

  async fetch(url: string, integrity: string | undefined, maxBytes: number): Promise<string> {
    if (!URL.canParse(url)) throw new RemoteFileError('is no address')
    const copy = await this.#readCopy(url, maxBytes)
    if (copy !== undefined && integrity !== undefined && digestOf(copy.text) === integrity) return copy.text
    // Most pipelines need no client of HTTP, which takes longer to load than their files take to read.
    const { fetchText } = await import('./fetch-text.ts')
    const order = { url, etag: copy?.etag, maxBytes, proxy: this.#proxy, deadlineMs: this.#deadlineMs }
    const reply = await fetchText(order)
    if (reply.kind === 'refused') throw new RemoteFileError(reply.why)
    if (reply.kind === 'text') {
      const text = checked(reply.text, integrity)
      await this.#keep(url, reply.etag, text)
      return text
    }
    if (copy === undefined) {
      throw new RemoteFileError(
        reply.kind === 'unreachable' ? reply.why : 'was answered with 304 Not Modified',
      )
    }
    if (reply.kind === 'unreachable') {
      this.#notes.push(`${redactUrl(url)} ${reply.why}: the copy of ${copy.keptAt.toISOString()} is read`)
    }
    return checked(copy.text, integrity)
  }

  get #directory(): string {
    return join(this.#project, '.entrepot', 'includes')
  }

  #pathOf(url: string): string {
    return join(this.#directory, createHash('sha256').update(url).digest('hex'))
  }

  async #readCopy(url: string, maxBytes: number): Promise<Copy | undefined> {
    try {
      await using file = await open(this.#pathOf(url))
      const { size, mtime } = await file.stat()
      if (size > maxBytes + MAX_ETAG_LENGTH + 1) return undefined
      const kept = await file.readFile('utf8')
      const end = kept.indexOf('\n')
      if (end === -1) return undefined
      return { etag: kept.slice(0, end) || undefined, text: kept.slice(end + 1), keptAt: mtime }
    } catch {
      // Without a copy the server is asked.
      return undefined
    }
  }

  async #keep(url: string, etag: string | undefined, text: string): Promise<void> {
    const path = this.#pathOf(url)
    try {
      await makeStateRoot(this.#project)
      await mkdir(this.#directory, { recursive: true })
      const known = etag !== undefined && etag.length <= MAX_ETAG_LENGTH ? etag : ''
      await replaceFile(path, `${known}\n${text}`)
      await this.#forgetOldest()
    } catch (error) {
      const { code = '' } = error as { code?: string }
      this.#notes.push(`no copy of ${redactUrl(url)} is kept: ${this.#directory} cannot be written (${code})`)
    }
  }

  async #forgetOldest(): Promise<void> {
    const names = await readdir(this.#directory)
    if (names.length <= MAX_COPIES) return
    const copies = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name)
        return { path, keptAt: (await stat(path)).mtimeMs }
      }),
    )
    copies.sort((left, right) => right.keptAt - left.keptAt)
    for (const { path } of copies.slice(MAX_COPIES)) await rm(path, { force: true })
  }
}

const MAX_ETAG_LENGTH = 1024

function checked(text: string, integrity: string | undefined): string {
  const digest = digestOf(text)
  if (integrity === undefined || digest === integrity) return text
  throw new RemoteFileError(`is not what integrity says: it is ${digest}`)
}

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
