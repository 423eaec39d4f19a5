import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
const SOURCES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
/** Sections that tell how something travels. */
const FLOWS = ['A manifest', 'A blob', 'Who may come in', 'A job', 'A pipeline', 'A runner']

const diagrams = [...PAGE.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, text = '']) => text)

/** `manifest-flow.ts`, `cache/manifest-flow.ts`, `src/cache/manifest-flow.ts`. */
function isThere(named: string): boolean {
  const path = named.replace(/^src\//, '')
  return SOURCES.some((source) => source === path || source.endsWith(`/${path}`))
}

describe('docs/architecture.md', () => {
  test.each(FLOWS)('draws the flow of: %s', (flow) => {
    const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${flow}\n`))
    expect(section).toMatch(/^```mermaid\nsequenceDiagram$/m)
  })

  test('draws files by their whole paths, and such as there are', () => {
    const drawn = diagrams.flatMap((text) => text.match(/[\w/-]+\.ts\b/g) ?? [])
    expect(drawn.length).toBeGreaterThan(60)
    expect(drawn.filter((path) => !SOURCES.includes(path))).toEqual([])
  })

  test('names files that are there', () => {
    const named = [...PAGE.matchAll(/`([\w/-]+\.ts)`/g)].map(([, path = '']) => path)
    expect(named.length).toBeGreaterThan(60)
    expect(named.filter((path) => !path.startsWith('test/') && !isThere(path))).toEqual([])
  })
})
