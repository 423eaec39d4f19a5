import { readFile } from 'node:fs/promises'
import { fileErrorCode } from '../file-error.ts'
import { type Digest, isDigest } from '../oci/digest.ts'
import { replaceFile } from '../replace-file.ts'
import type { StorageLayout } from './storage-layout.ts'

interface Mark {
  readonly startedAt: number
  readonly after: Digest | undefined
  readonly finished: boolean
}

/** How far the hashing of everything has got, beside the catalog: it is written often, and worth little. */
export class ScrubMarkFile {
  readonly #path: string

  constructor(layout: StorageLayout) {
    this.#path = layout.scrub
  }

  /** Undefined when there is none that makes sense: hashing begins anew then. */
  async load(): Promise<Mark | undefined> {
    try {
      return readMark(JSON.parse(await readFile(this.#path, 'utf8')))
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  async save(mark: Mark): Promise<void> {
    await replaceFile(this.#path, `${JSON.stringify(mark)}\n`)
  }
}

function readMark(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { startedAt, after, finished } = value as Readonly<Record<string, unknown>>
  if (typeof startedAt !== 'number' || typeof finished !== 'boolean') return undefined
  return { startedAt, after: typeof after === 'string' && isDigest(after) ? after : undefined, finished }
}
