import { type Pattern, readPattern } from '../../../pipeline/expression/pattern.ts'
import type { PlannedJob } from '../../../pipeline/plan/planned-job.ts'

const NUMBER = /\d+(?:\.\d+)?/

/** How the logs of jobs tell of coverage, by job. */
export function coveragePatterns(
  jobs: readonly Pick<PlannedJob, 'name' | 'config'>[],
): ReadonlyMap<string, Pattern> {
  return new Map(
    jobs.flatMap(({ name, config: { coverage } }) =>
      coverage === undefined ? [] : [[name, readPattern(coverage)] as const],
    ),
  )
}

/**
 * What a line of a job's log tells of coverage, as GitLab finds it: the first number of the last thing that the
 * pattern finds in it. Lines that come later win.
 */
export function findCoverage(pattern: Pattern | undefined, line: string): string | undefined {
  const last = pattern?.findAll(line).at(-1)?.at(-1)
  return last === undefined ? undefined : NUMBER.exec(last)?.[0]
}
