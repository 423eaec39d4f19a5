import { Counter, Gauge, type Registry } from 'prom-client'

/** One series at the time of a scrape. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadMetric {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  /** Called at each scrape: what is counted costs nothing between two. What is left out is not known. */
  read(): Iterable<Reading>
}

/** A number that only grows. */
export function addCounter(registry: Registry, { name, help, labels = [], read }: ReadMetric): void {
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset()
      for (const reading of read()) this.inc(reading.labels ?? {}, reading.value)
    },
  })
}

/** A number that goes up and down. */
export function addGauge(registry: Registry, { name, help, labels = [], read }: ReadMetric): void {
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset()
      // Without labels a gauge is 0 until it is set, which would be taken for a measurement.
      if (labels.length === 0) this.remove()
      for (const reading of read()) this.set(reading.labels ?? {}, reading.value)
    },
  })
}
