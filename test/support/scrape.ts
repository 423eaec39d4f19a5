/** One series of a scrape: its labels as Prometheus writes them, sorted, and its value. */
export interface Scraped {
  /** `entrepot_requests_total{door="mirror",kind="blob"}`, labels sorted by name. */
  value(series: string): number | undefined
  /** Names of metrics, as # TYPE has them. */
  readonly names: ReadonlySet<string>
  /** Names of label keys, by metric. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>
  readonly text: string
}

const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads the text format of Prometheus. */
export function readScrape(text: string): Scraped {
  const values = new Map<string, number>()
  const names = new Set<string>()
  const labels = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, typed] = /^# TYPE (\S+) /.exec(line) ?? []
    if (typed !== undefined) names.add(typed)
    const [, name, inside = '', value] = SERIES.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...inside.matchAll(LABEL)].map(([pair, key = '']) => ({ pair, key }))
    const known = labels.get(name) ?? new Set()
    for (const { key } of pairs) known.add(key)
    labels.set(name, known)
    const sorted = pairs.map(({ pair }) => pair).sort()
    values.set(sorted.length === 0 ? name : `${name}{${sorted.join(',')}}`, Number(value))
  }
  return { value: (series) => values.get(series), names, labels, text }
}
