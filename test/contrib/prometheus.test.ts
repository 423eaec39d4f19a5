import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { describeWith } from '../support/real/describe-with.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { bothScrapes } from './both-scrapes.ts'
import { readDashboard } from './dashboard.ts'

const ROOT = join(import.meta.dirname, '../..')
const PROMETHEUS = join(ROOT, 'contrib/prometheus')
const DEADLINE_MS = 60_000
const run = promisify(execFile)

interface Rule {
  readonly alert: string
  readonly expr: string
}

function alerts(): readonly Rule[] {
  const file = load(readFileSync(join(PROMETHEUS, 'entrepot.rules.yaml'), 'utf8')) as {
    groups: { rules: Rule[] }[]
  }
  return file.groups.flatMap(({ rules }) => rules)
}

function dashboardExpressions(): readonly string[] {
  return readDashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
}

function metricsIn(expressions: readonly string[]): string[] {
  const names = expressions.flatMap((text) => text.match(/\b(?:entrepot|process)_[a-z_]+\b/g) ?? [])
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')))]
}

describeWith(['promtool'], 'promtool', () => {
  test('takes the rules', { timeout: DEADLINE_MS }, async () => {
    const { stdout } = await run('promtool', ['check', 'rules', 'entrepot.rules.yaml'], { cwd: PROMETHEUS })
    expect(stdout).toContain(`${alerts().length} rules found`)
  })

  test('each alert fires where it should, and on no healthy server', { timeout: DEADLINE_MS }, async () => {
    const told = await run('promtool', ['test', 'rules', 'entrepot.rules.test.yaml'], { cwd: PROMETHEUS })
    expect(told.stdout).toContain('SUCCESS')
    const tested = readFileSync(join(PROMETHEUS, 'entrepot.rules.test.yaml'), 'utf8')
    for (const { alert } of alerts()) expect(tested).toContain(`{alertname="${alert}"}`)
  })

  test('understands every query of the dashboard', { timeout: DEADLINE_MS }, async () => {
    const rules = dashboardExpressions().map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }))
    await using directory = await makeTempDir()
    const file = join(directory.path, 'dashboard.json')
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    const { stdout } = await run('promtool', ['check', 'rules', file])
    expect(stdout).toContain(`${rules.length} rules found`)
  })
})

test('rules and dashboard name metrics that a scrape has', async () => {
  const names = new Set((await bothScrapes()).flatMap(({ names }) => [...names]))
  const asked = metricsIn([...alerts().map(({ expr }) => expr), ...dashboardExpressions()])
  expect(asked.length).toBeGreaterThan(15)
  expect(asked.filter((name) => !names.has(name))).toEqual([])
})

test('docs/operations.md has a paragraph for each alert', () => {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  const explained = [...page.matchAll(/^\*\*(Entrepot\w+)\.\*\* \S/gm)].map(([, name]) => name)
  expect(explained).toEqual(alerts().map(({ alert }) => alert))
})
