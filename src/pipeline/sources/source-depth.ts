import type { PlannedJob } from '../plan/planned-job.ts'

/** GitLab's own, of a project that does not say otherwise. */
const DEFAULT_DEPTH = 20

/** How much history all these jobs together ask for; 0: all of it. */
export function sourceDepth(jobs: readonly Pick<PlannedJob, 'scope'>[]): number {
  const depths = jobs.map(({ scope }) => {
    const written = scope.expand(scope.get('GIT_DEPTH') ?? '')
    return /^\d+$/.test(written) ? Number(written) : DEFAULT_DEPTH
  })
  return depths.includes(0) ? 0 : Math.max(DEFAULT_DEPTH, ...depths)
}
