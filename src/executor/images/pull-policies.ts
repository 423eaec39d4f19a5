import type { PullPolicy } from '../job/job.ts'

export interface PolicyChoice {
  /** Of the job; empty: it leaves that to the runner. */
  readonly requested: readonly PullPolicy[]
  readonly configured: readonly PullPolicy[]
  readonly allowed: readonly PullPolicy[]
}

/**
 * Which policies are tried, one after the other: those that are asked for and allowed, in the order in which they
 * are asked for. None: nothing that is asked for is allowed.
 */
export function effectivePolicies({ requested, configured, allowed }: PolicyChoice): readonly PullPolicy[] {
  return [...new Set(asked(requested, configured))].filter((policy) => allowed.includes(policy))
}

/** Why there is no effective policy, in GitLab Runner's words. */
export function refusedPolicies(image: string, { requested, configured, allowed }: PolicyChoice): string {
  const source = requested.length > 0 ? 'GitLab pipeline config' : 'Runner config'
  return (
    `invalid pull policy for image "${image}": pull_policy (${listed(asked(requested, configured))}) defined in ` +
    `${source} is not one of the allowed_pull_policies (${listed(allowed)})`
  )
}

/** `[always if-not-present]`, as logs of jobs have it. */
export function listed(policies: readonly string[]): string {
  return `[${policies.join(' ')}]`
}

function asked(requested: readonly PullPolicy[], configured: readonly PullPolicy[]): readonly PullPolicy[] {
  return requested.length > 0 ? requested : configured
}
