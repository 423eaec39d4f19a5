import { describe, expect, test } from 'vitest'
import { bothScrapes } from './both-scrapes.ts'
import { type Panel, readDashboard, type Target } from './dashboard.ts'

/** The width of the grid that panels lie on. */
const COLUMNS = 24
/** That of Grafana 11. Later ones bring it forward when they open it. */
const SCHEMA_VERSION = 39
const SOURCE = { type: 'prometheus', uid: `\${datasource}` }

const dashboard = readDashboard()
const targets: readonly (Target & { readonly panel: string })[] = dashboard.panels.flatMap((panel) =>
  panel.targets.map((target) => ({ ...target, panel: panel.title })),
)

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const across = one.x < other.x + other.w && other.x < one.x + one.w
  return across && one.y < other.y + other.h && other.y < one.y + one.h
}

/** Labels that the series of a query have: those it sums by, else those of its metric. */
function labelsOf(expr: string, scraped: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const [, by] = /^(?:\w+\(.*?, )?(?:sum|max) by \(([^)]*)\)/.exec(expr) ?? []
  if (by !== undefined) return by.split(', ')
  if (/^sum\(/.test(expr)) return []
  const [name = ''] = /(?:entrepot|process)_[a-z_]+/.exec(expr) ?? []
  return [...(scraped.get(name) ?? [])]
}

describe('the dashboard', () => {
  test('is one that Grafana takes, with panels that lie side by side', () => {
    const { panels, schemaVersion, uid } = dashboard
    expect({ schemaVersion, uid }).toEqual({ schemaVersion: SCHEMA_VERSION, uid: 'entrepot' })
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    for (const [index, panel] of panels.entries()) {
      expect(panel.gridPos.x + panel.gridPos.w, panel.title).toBeLessThanOrEqual(COLUMNS)
      const covered = panels.slice(index + 1).filter((other) => overlap(panel, other))
      expect([panel.title, covered.map(({ title }) => title)]).toEqual([panel.title, []])
      expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length)
      expect(panel.targets.length, panel.title).toBeGreaterThan(0)
    }
  })

  test('asks the data source that is chosen above it, and only for the instances that are', () => {
    const [source, instance] = dashboard.templating.list
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    expect(instance).toMatchObject({ name: 'instance', type: 'query', datasource: SOURCE })
    for (const { datasource, title } of dashboard.panels) expect([title, datasource]).toEqual([title, SOURCE])
    for (const { datasource, expr, panel } of targets) {
      expect([panel, datasource]).toEqual([panel, SOURCE])
      const selectors = expr.match(/\{[^{}]*\}/g) ?? []
      expect(selectors.length, expr).toBeGreaterThan(0)
      for (const selector of selectors) expect(selector, expr).toContain('instance=~"$instance"')
      const variables = expr.match(/\$\w+/g) ?? []
      expect(
        variables.filter((name) => !['$instance', '$__rate_interval'].includes(name)),
        expr,
      ).toEqual([])
    }
  })

  test('names in its legends labels that the series have', async () => {
    const scraped = new Map((await bothScrapes()).flatMap(({ labels }) => [...labels]))
    for (const { expr, legendFormat, panel } of targets) {
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      const labels = labelsOf(expr, scraped)
      expect([panel, named.filter((label) => !labels.includes(label))]).toEqual([panel, []])
      // What is summed by a label and not told apart by it would be several lines of one name.
      const hidden = /\bby \(/.test(expr)
        ? labels.filter((label) => label !== 'le' && !named.includes(label))
        : []
      expect([panel, hidden]).toEqual([panel, []])
    }
  })

  test('selects by labels that the metrics have', async () => {
    const scraped = new Map((await bothScrapes()).flatMap(({ labels }) => [...labels]))
    for (const { expr } of targets) {
      for (const [, name = '', inside = ''] of expr.matchAll(/([a-z_]+)\{([^}]*)\}/g)) {
        const keys = [...inside.matchAll(/(\w+)=~?"/g)].map(([, key = '']) => key)
        const known = [...(scraped.get(name) ?? []), 'instance', 'job']
        expect([name, scraped.has(name), keys.filter((key) => !known.includes(key))]).toEqual([
          name,
          true,
          [],
        ])
      }
    }
  })
})
