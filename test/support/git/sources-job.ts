import type { Job, JobVariable } from '../../../src/executor/job/job.ts'
import { aJob, aVariable } from '../executor/a-job.ts'

export interface SourcesOrder {
  /** With the login in it, as a server sends it. */
  readonly repoUrl: string
  readonly sha: string
  readonly variables?: Readonly<Record<string, string>>
  /** After those. */
  readonly files?: readonly JobVariable[]
  readonly git?: Partial<Job['git']>
}

/** A job that gets its sources from a branch `main`, with the token of the URL in its environment. */
export function sourcesJob(
  { repoUrl, sha, variables = {}, files = [], git }: SourcesOrder,
  special: Partial<Job> = {},
): Job {
  const token = decodeURIComponent(new URL(repoUrl).password)
  const all = Object.entries({ CI_JOB_TOKEN: token, ...variables })
  return aJob('', {
    variables: [...all.map(([key, value]) => aVariable(key, value)), ...files],
    ...special,
    git: {
      ...aJob('').git,
      repoUrl,
      refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
      depth: 20,
      sha,
      ...git,
    },
  })
}
