import type { PipelineContext } from '../pipeline-context.ts'
import { type OriginVariable, predefined } from './origin-variable.ts'
import { slug } from './slug.ts'

/** The last version whose file was `.alloy-ci.json`. */
const SERVER_VERSION = '0.6.0'

/** Of what a job is told about itself, and of its run. */
const OF_JOBS: ReadonlySet<string> = new Set([
  ...['CI_JOB_ID', 'CI_JOB_NAME', 'CI_JOB_STAGE', 'CI_JOB_TOKEN'],
  ...['CI_REPOSITORY_URL', 'CI_RUNNER_ID', 'CI_RUNNER_TAGS'],
])

/**
 * What AlloyCI tells every job of a pipeline: less than GitLab, whose name is in none of it. GIT_SSL_NO_VERIFY is left
 * out, for nothing is fetched from a server here.
 */
export function alloyPipelineVariables(context: PipelineContext): readonly OriginVariable[] {
  const { commit, ref, user, run, project } = context
  return predefined({
    ALLOY_CI: 'true',
    CI: 'true',
    CI_LOCAL: 'true',
    CI_COMMIT_MESSAGE: commit.message,
    CI_COMMIT_PUSHER: user.email,
    CI_COMMIT_REF_NAME: `refs/${ref.kind === 'tag' ? 'tags' : 'heads'}/${ref.name}`,
    CI_COMMIT_REF_SLUG: slug(ref.name),
    CI_COMMIT_SHA: commit.sha,
    CI_PIPELINE_ID: String(run.id),
    CI_PROJECT_NAME: project.name,
    CI_PROJECT_NAMESPACE: project.path.split('/').slice(0, -1).join('/'),
    CI_PROJECT_PATH: project.path,
    CI_SERVER_NAME: 'AlloyCI',
    CI_SERVER_VERSION: SERVER_VERSION,
  })
}

/** Those of a job that AlloyCI has too. */
export function alloyJobVariables(variables: readonly OriginVariable[]): readonly OriginVariable[] {
  return variables.filter(({ origin, key }) => origin !== 'predefined' || OF_JOBS.has(key))
}
