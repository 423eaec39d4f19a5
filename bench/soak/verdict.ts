import type { Measure } from './measures.ts'
import { isFlat, slopeOf } from './slope.ts'

export interface Verdict {
  /** A Markdown table: a row for each measure, with every round, the slope and whether that is flat. */
  readonly table: string
  readonly isFlat: boolean
}

/** @param samples of at least two rounds, in their order */
export function judge<Name extends string>(
  samples: readonly Readonly<Record<Name, number>>[],
  measures: readonly Measure<Name>[],
): Verdict {
  const head = ['', ...samples.map((_, round) => `round ${round + 1}`), 'a round', 'may add in all', '']
  const rows = measures.map(({ name, of, format, mostGrowth }) => {
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
