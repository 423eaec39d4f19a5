import { Histogram, type Registry } from 'prom-client'

/** The observations with one set of labels. `counts` has one more than there are bounds: what is above the last. */
export interface HistogramReading {
  readonly labels: Readonly<Record<string, string>>
  readonly counts: readonly number[]
  readonly sum: number
}

export interface ReadHistogramOptions {
  readonly registry: Registry
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[]
  /** Called at each scrape. Series without observations are left out. */
  read(): Iterable<HistogramReading>
}

type Values = Awaited<ReturnType<Histogram['get']>>['values']

/** A histogram whose counts are kept elsewhere: observing costs an addition there, and nothing here. */
export class ReadHistogram extends Histogram {
  readonly #options: ReadHistogramOptions

  constructor(options: ReadHistogramOptions) {
    const { registry, name, help, labels, bounds } = options
    super({ name, help, labelNames: [...labels], buckets: [...bounds], registers: [registry] })
    this.#options = options
  }

  /** What the registry renders, and what `get` begins with. */
  async getForPromString() {
    const { name, help, bounds, read } = this.#options
    return {
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: [...read()].flatMap((reading) => seriesOf(name, bounds, reading)),
    } as const
  }
}

function seriesOf(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: HistogramReading,
): Values {
  let total = 0
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    total += counts[index] ?? 0
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total }
  })
  if (total === 0) return []
  const ends = [
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ]
  return [...buckets, ...ends]
}
