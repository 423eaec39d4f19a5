import { writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { digestOf } from '../../src/oci/digest.ts'
import { MIGRATIONS } from '../../src/store/sqlite/migrations.ts'
import { fixtureOf } from './earlier-catalog.ts'

/**
 * `npx tsx test/upgrades/write-fixture.ts`: writes the catalog of the newest format down, as SQL, with one image in
 * it. Once for each format, when it is new: what is written is what users have, and is never written again.
 */
const MANIFEST = Buffer.from('{"schemaVersion":2}')
const LAYER = digestOf(Buffer.from('layer'))

function writeFixture(format: number): void {
  const database = new Database(':memory:')
  const [first = '', ...later] = MIGRATIONS.slice(0, format)
  database.exec(first)
  database.prepare("INSERT INTO manifest VALUES (?, 'application/json', ?)").run(digestOf(MANIFEST), MANIFEST)
  database
    .prepare("INSERT INTO manifest_reference VALUES (?, ?, 'layer', 500)")
    .run(digestOf(MANIFEST), LAYER)
  database.prepare('INSERT INTO blob VALUES (?, 500, 1)').run(LAYER)
  database
    .prepare("INSERT INTO tag VALUES ('docker.io', 'library/app', '1', ?, 5, NULL)")
    .run(digestOf(MANIFEST))
  const proof = "INSERT INTO proof VALUES ('public', 'docker.io', 'library/app', ?, 4)"
  database.prepare(proof).run(digestOf(MANIFEST))
  // As with a user who has been there from the beginning.
  for (const step of later) database.exec(step)
  writeFileSync(fixtureOf(format), dumpOf(database, format), { flag: 'wx' })
  database.close()
}

function dumpOf(database: Database.Database, format: number): string {
  const parts = database
    .prepare<[], { type: string; name: string; sql: string }>(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all()
  const tables = parts.filter(({ type }) => type === 'table')
  const rows = tables.flatMap(({ name }) => rowsOf(database, name))
  // Rows before triggers: they have done their work already.
  const lines = [
    ...tables.map(({ sql }) => `${sql};`),
    ...rows,
    ...parts.filter(({ type }) => type !== 'table').map(({ sql }) => `${sql};`),
    `PRAGMA user_version = ${format};`,
  ]
  return `${lines.join('\n')}\n`
}

function rowsOf(database: Database.Database, table: string): string[] {
  const columns = database.prepare<[], string>(`SELECT name FROM pragma_table_info('${table}')`).pluck().all()
  const quoted = columns.map((column) => `quote("${column}")`).join(` || ', ' || `)
  return database
    .prepare<[], string>(`SELECT 'INSERT INTO ${table} VALUES (' || ${quoted} || ');' FROM "${table}"`)
    .pluck()
    .all()
}

for (const given of process.argv.slice(2).length > 0 ? process.argv.slice(2) : [MIGRATIONS.length])
  writeFixture(Number(given))
