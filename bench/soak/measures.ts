import { MIB } from '../report/figures.ts'
import type { JobsSample } from './jobs-sample.ts'
import type { Sample } from './sample.ts'

export interface Measure<Name extends string> {
  readonly name: string
  readonly of: Name
  readonly format: (value: number) => string
  /** What all rounds together may add: the noise of a process that keeps nothing. */
  readonly mostGrowth: number
}

const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
const pieces = (count: number): string => String(Math.round(count * 10) / 10)
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`

/** Of a soak of pulls and jobs. */
export const SERVER_AND_RUNNER: readonly Measure<keyof Sample>[] = [
  { name: 'memory of the server', of: 'serverBytes', format: mebibytes, mostGrowth: 32 * MIB },
  { name: 'descriptors of the server', of: 'serverDescriptors', format: pieces, mostGrowth: 16 },
  { name: 'lag of its event loop, p99', of: 'serverLagSeconds', format: milliseconds, mostGrowth: 0.05 },
  { name: 'catalog', of: 'catalogBytes', format: mebibytes, mostGrowth: 4 * MIB },
  { name: 'memory of the runner', of: 'runnerBytes', format: mebibytes, mostGrowth: 32 * MIB },
  { name: 'descriptors of the runner', of: 'runnerDescriptors', format: pieces, mostGrowth: 16 },
]

/** The server remembers a credential that ended for a day, and what it pulled for an hour (of 5,000 jobs at most). */
const REMEMBERED_BYTES = 8 * 1024

/**
 * Of a soak of jobs alone. What stays on the heap after a collection is what is kept; the rest comes and goes.
 * @param jobs all that are counted
 */
export function measuresOfJobs(jobs: number): readonly Measure<keyof JobsSample>[] {
  const remembered = jobs * REMEMBERED_BYTES
  return [
    { name: 'memory of the runner', of: 'runnerBytes', format: mebibytes, mostGrowth: 32 * MIB },
    { name: 'its heap, collected', of: 'runnerHeapBytes', format: mebibytes, mostGrowth: 2 * MIB },
    { name: 'its descriptors', of: 'runnerDescriptors', format: pieces, mostGrowth: 4 },
    { name: 'memory of the server', of: 'serverBytes', format: mebibytes, mostGrowth: 32 * MIB + remembered },
    {
      ...{ name: 'its heap, collected', of: 'serverHeapBytes', format: mebibytes },
      mostGrowth: MIB + remembered,
    },
    { name: 'its descriptors', of: 'serverDescriptors', format: pieces, mostGrowth: 4 },
  ]
}
