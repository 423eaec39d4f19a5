import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

const FIXTURES = join(import.meta.dirname, 'fixtures')

/** The formats of which there is a catalog as it was left, oldest first. */
export function earlierFormats(): readonly number[] {
  return readdirSync(FIXTURES)
    .flatMap((name) => /^format-(\d+)\.sql$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other)
}

export function fixtureOf(format: number): string {
  return join(FIXTURES, `format-${format}.sql`)
}

/** Puts the catalog of an earlier format at `path`. */
export function writeEarlierCatalog(path: string, format: number): void {
  const database = new Database(path)
  try {
    database.exec(readFileSync(fixtureOf(format), 'utf8'))
  } finally {
    database.close()
  }
}

/** Every table, index and trigger, as SQL: what a format is. */
export function schemaOf(path: string): readonly string[] {
  const database = new Database(path, { readonly: true })
  try {
    return database
      .prepare<[], string>('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name')
      .pluck()
      .all()
  } finally {
    database.close()
  }
}
