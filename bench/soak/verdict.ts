import { MIB } from '../report/figures.ts'
import type { Sample } from './sample.ts'
import { isFlat, slopeOf } from './slope.ts'

interface Measure {
  readonly name: string
  readonly of: keyof Sample
  readonly format: (value: number) => string
  /** What all rounds together may add: the noise of a process that keeps nothing. */
  readonly mostGrowth: number
}

const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
const pieces = (count: number): string => String(Math.round(count * 10) / 10)
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`

const MEASURES: readonly Measure[] = [
  { name: 'memory of the server', of: 'serverBytes', format: mebibytes, mostGrowth: 32 * MIB },
  { name: 'descriptors of the server', of: 'serverDescriptors', format: pieces, mostGrowth: 16 },
  { name: 'lag of its event loop, p99', of: 'serverLagSeconds', format: milliseconds, mostGrowth: 0.05 },
  { name: 'catalog', of: 'catalogBytes', format: mebibytes, mostGrowth: 4 * MIB },
  { name: 'memory of the runner', of: 'runnerBytes', format: mebibytes, mostGrowth: 32 * MIB },
  { name: 'descriptors of the runner', of: 'runnerDescriptors', format: pieces, mostGrowth: 16 },
]

export interface Verdict {
  /** A Markdown table: a row for each measure, with every round, the slope and whether that is flat. */
  readonly table: string
  readonly isFlat: boolean
}

/** @param samples of at least two rounds, in their order */
export function judge(samples: readonly Sample[]): Verdict {
  const head = ['', ...samples.map((_, round) => `round ${round + 1}`), 'a round', 'may add in all', '']
  const rows = MEASURES.map(({ name, of, format, mostGrowth }) => {
    const values = samples.map((sample) => sample[of])
    const flat = isFlat(values, mostGrowth)
    const slope = slopeOf(values)
    const signed = `${slope < 0 ? '-' : '+'}${format(Math.abs(slope))}`
    return {
      flat,
      cells: [name, ...values.map(format), signed, format(mostGrowth), flat ? 'flat' : '**grows**'],
    }
  })
  const lines = [head, head.map(() => '---'), ...rows.map(({ cells }) => cells)]
  return {
    table: lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    isFlat: rows.every(({ flat }) => flat),
  }
}
