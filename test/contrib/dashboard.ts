import { readFileSync } from 'node:fs'

/** As much of a Grafana dashboard as ours is made of. */
export interface Dashboard {
  readonly uid: string
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly Variable[] }
  readonly panels: readonly Panel[]
}

export interface Variable {
  readonly name: string
  readonly type: string
  readonly query: string
  readonly datasource?: DataSource
}

export interface DataSource {
  readonly type: string
  readonly uid: string
}

export interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly datasource: DataSource
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number }
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } }
  readonly targets: readonly Target[]
}

export interface Target {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
  readonly datasource: DataSource
}

export function readDashboard(): Dashboard {
  const path = new URL('../../contrib/grafana/entrepot.json', import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8')) as Dashboard
}
