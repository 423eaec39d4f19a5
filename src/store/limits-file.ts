import { readFile } from 'node:fs/promises'
import { fileErrorCode } from '../file-error.ts'
import { replaceFile } from '../replace-file.ts'
import type { StorageLayout } from './storage-layout.ts'

interface Note {
  readonly upstream: string
  readonly credentialId: string | undefined
  readonly observed:
    | {
        readonly limit: number
        readonly remaining: number
        readonly windowSeconds: number | undefined
        readonly source: string | undefined
        readonly at: number
      }
    | undefined
  readonly pause: { readonly until: number; readonly isTold: boolean } | undefined
  readonly silentUntil: number | undefined
}

/** What upstreams said of their limits, beside the catalog: it is worth something for hours at most. */
export class LimitsFile {
  readonly #path: string

  constructor(layout: StorageLayout) {
    this.#path = layout.limits
  }

  /** Nothing when there is none that makes sense: the upstreams say it again. */
  async load(): Promise<readonly Note[]> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path, 'utf8'))
      return Array.isArray(value) ? value.flatMap(readNote) : []
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return []
      throw error
    }
  }

  async save(notes: readonly Note[]): Promise<void> {
    await replaceFile(this.#path, `${JSON.stringify(notes)}\n`)
  }
}

function readNote(value: unknown): Note[] {
  const { upstream, credentialId, observed, pause, silentUntil } = fieldsOf(value)
  if (typeof upstream !== 'string') return []
  return [
    {
      upstream,
      credentialId: textOf(credentialId),
      observed: readObserved(observed),
      pause: readPause(pause),
      silentUntil: numberOf(silentUntil),
    },
  ]
}

function readObserved(value: unknown): Note['observed'] {
  const fields = fieldsOf(value)
  const [limit, remaining, at] = [fields.limit, fields.remaining, fields.at].map(numberOf)
  if (limit === undefined || remaining === undefined || at === undefined) return undefined
  return {
    limit,
    remaining,
    at,
    windowSeconds: numberOf(fields.windowSeconds),
    source: textOf(fields.source),
  }
}

function readPause(value: unknown): Note['pause'] {
  const { until, isTold } = fieldsOf(value)
  return typeof until === 'number' && typeof isTold === 'boolean' ? { until, isTold } : undefined
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
