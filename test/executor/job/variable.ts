import type { JobVariable } from '../../../src/executor/job/job.ts'

/** A variable as a server sends it when it says no more than name and value. */
export function variable(key: string, value: string, flags: Partial<JobVariable> = {}): JobVariable {
  return { key, value, isPublic: false, isMasked: false, isRaw: false, isFile: false, ...flags }
}
