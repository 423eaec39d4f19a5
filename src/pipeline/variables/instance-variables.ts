import type { EnvironmentConfig } from '../config/job-config.ts'
import type { JobInstance } from '../plan/expand-parallel.ts'
import { environmentTier } from './environment-tier.ts'
import { type OriginVariable, predefined, variable } from './origin-variable.ts'
import { environmentSlug, slug } from './slug.ts'
import type { VariableScope } from './variable-scope.ts'

/** What a job is told about itself, and its cell of the matrix. */
export function instanceVariables({ name, config, ...instance }: JobInstance): readonly OriginVariable[] {
  const { matrix, nodeIndex, nodeTotal } = instance
  const self = {
    CI_JOB_NAME: name,
    CI_JOB_NAME_SLUG: slug(name),
    CI_JOB_GROUP_NAME: config.name,
    CI_JOB_STAGE: config.stage,
    CI_NODE_INDEX: nodeIndex === undefined ? undefined : String(nodeIndex),
    CI_NODE_TOTAL: String(nodeTotal),
  }
  return [...predefined(self), ...[...matrix].map(([key, value]) => variable('matrix', key, value))]
}

/** @param scope what the name of the environment is expanded with */
export function environmentVariables(
  environment: EnvironmentConfig | undefined,
  scope: VariableScope,
): readonly OriginVariable[] {
  if (environment === undefined) return []
  const name = scope.expand(environment.name)
  const known = predefined({
    CI_ENVIRONMENT_NAME: name,
    CI_ENVIRONMENT_SLUG: environmentSlug(name),
    CI_ENVIRONMENT_ACTION: environment.action,
    CI_ENVIRONMENT_TIER: environment.tier ?? environmentTier(name),
  })
  if (environment.url === undefined) return known
  return [...known, variable('predefined', 'CI_ENVIRONMENT_URL', environment.url)]
}
